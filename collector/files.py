"""Files of events: found, checked, and read as messages of a topic.

A file is read as a stream: memory does not grow with its size.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, Protocol

from collector.errors import FileError
from collector.events import EventForm
from roi.errors import UsageError

Format = Literal["ndjson", "csv", "parquet"]

SUFFIXES: dict[str, Format] = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


class Message(NamedTuple):
    """A message to be sent."""

    key: bytes | None
    value: bytes


class Reader(Protocol):
    """Reads one file of one format."""

    def check(self) -> None:
        """See that the file opens and has the columns of the topic.

        Raises:
            FileError: it does not, or has not.
        """

    def messages(self) -> Iterator[Message]:
        """The events of the file, in its order.

        Raises:
            FileError: the file is damaged; the message names the line.
        """

    @property
    def progress(self) -> float:
        """The share of the file that has been read, 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file of events, and what it is."""

    path: Path
    format: Format
    gzipped: bool

    @classmethod
    def of(cls, path: Path, format_name: Format | None = None) -> SourceFile:
        """The file at a path; the suffix tells the format unless it is given.

        Raises:
            UsageError: there is no such file, or no way to tell its format.
        """
        try:
            is_file = path.is_file()
            exists = is_file or path.exists()
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from error
        if not exists:
            raise UsageError(f"{path}: no such file")
        if not is_file:
            raise UsageError(f"{path}: not a file; name the files in it")
        gzipped = path.suffix.lower() == ".gz"
        suffix = Path(path.stem).suffix if gzipped else path.suffix
        kind = format_name or SUFFIXES.get(suffix.lower())
        if kind is None:
            raise UsageError(
                f"{path}: the suffix does not tell the format; use --format with "
                "ndjson, csv or parquet"
            )
        if kind == "parquet" and gzipped:
            raise UsageError(
                f"{path}: Parquet is compressed inside; unpack it with gunzip"
            )
        return cls(path=path, format=kind, gzipped=gzipped)

    def reader(self, form: EventForm) -> Reader:
        """A reader for events of a form."""
        if self.format == "ndjson":
            from collector.ndjson import NdjsonReader

            return NdjsonReader(self, form)
        if self.format == "csv":
            from collector.csv_table import CsvReader

            return CsvReader(self, form)
        from collector.parquet import ParquetReader

        return ParquetReader(self, form)


class ByteStream:
    """The bytes of a file, unpacked, and how far into the file they come from."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._size = 0
        self._raw: BinaryIO | None = None
        self._progress = 0.0

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The unpacked bytes.

        Raises:
            FileError: the file cannot be opened, or is no whole gzip file; also
                while it is being read.
        """
        path = self._source.path
        try:
            with path.open("rb") as raw:
                self._raw, self._size = raw, path.stat().st_size
                if self._source.gzipped:
                    with gzip.GzipFile(fileobj=raw) as unpacked:
                        yield unpacked  # type: ignore[misc]
                else:
                    yield raw
                self._note(raw)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise FileError(path, f"damaged gzip file: {error}") from error
        except OSError as error:
            raise FileError(path, error.strerror or str(error)) from error
        finally:
            self._raw = None

    def _note(self, raw: BinaryIO) -> float:
        self._progress = raw.tell() / self._size if self._size else 1.0
        return self._progress

    @property
    def progress(self) -> float:
        """The share of the file that has been read, 0 to 1."""
        return self._progress if self._raw is None else self._note(self._raw)
