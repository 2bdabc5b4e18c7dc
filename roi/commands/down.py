"""`roi down`: stop the embedded services."""

from __future__ import annotations

from roi import settings


def down() -> None:
    """Stop the embedded services; their data stays."""
    from roi.commands.steps import Steps
    from roi.embedded import services

    with Steps() as report:
        ended = services.down(settings.project().state_dir, report)
    print(f"stopped: {', '.join(ended)}" if ended else "nothing was running")
