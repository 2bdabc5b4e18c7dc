"""What can go wrong on the way into Kafka.

RoiError
├── CollectorError
│   └── DeliveryError          Kafka did not acknowledge a message
├── ServiceUnavailable         Kafka does not answer (`roi.errors`)
└── InputError                 (`roi.errors`)
    └── FileError              a file cannot be read as what it is said to be
"""

from __future__ import annotations

from pathlib import Path

from roi.errors import InputError, RoiError


class CollectorError(RoiError):
    """Something could not be brought into Kafka."""


class DeliveryError(CollectorError):
    """Kafka did not acknowledge a message."""


class FileError(InputError):
    """A file cannot be read as what it is said to be."""

    def __init__(self, path: Path, problem: str, *, line: int | None = None) -> None:
        where = f"{path}" if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {problem}")
