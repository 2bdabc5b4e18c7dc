"""`roi env`: the settings that lead other programs to the embedded services."""

from __future__ import annotations

import shlex

from roi import settings
from roi.errors import ServiceUnavailable


def env() -> None:
    """Print `export …` lines for the embedded services: eval "$(roi env)".

    Raises:
        ServiceUnavailable: `roi up` never ran.
    """
    embedded = settings.embedded()
    if embedded is None:
        raise ServiceUnavailable(
            f"no embedded services in {settings.project().state_dir}: run `roi up`"
        )
    values = embedded.postgres.environment() | {
        "KAFKA_BOOTSTRAP_SERVERS": str(embedded.kafka)
    }
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")
