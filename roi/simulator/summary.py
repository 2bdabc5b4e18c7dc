"""What a simulation has sent, for people, and its truth, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from roi.errors import RoiError
from roi.simulator.truth import Truth


def summary(truth: Truth) -> Iterator[str]:
    """A few lines for a person."""
    for topic, messages in truth.messages.items():
        broken = sum(truth.broken.get(topic, {}).values())
        yield (
            f"  {topic:<20}{messages:>10,} messages, of them "
            f"{truth.duplicates.get(topic, 0):,} duplicates, "
            f"{truth.late.get(topic, 0):,} late, {broken:,} broken"
        )
    yield (
        f"  {truth.eligible:,} registrations count; "
        f"{truth.statuses.get('organic', 0):,} of them are organic"
    )


def write_truth(truth: Truth, path: Path) -> None:
    """Write a truth as JSON, in one step.

    Raises:
        RoiError: the file cannot be written.
    """
    draft = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(truth.json(), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise RoiError(f"{path} cannot be written: {error.strerror}") from error
