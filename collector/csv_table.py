"""CSV files: a header row names the fields, an empty cell is an absent field."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from collector.errors import FileError
from collector.events import EventForm
from collector.files import ByteStream, Message, SourceFile

MAX_CELL_CHARACTERS = 33_554_432

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class CsvReader:
    """Reads a CSV file in UTF-8, separated by commas.

    Counts become JSON numbers, digit for digit, where they are numbers; every other
    cell is a JSON string as it stands, amounts included.
    """

    def __init__(self, source: SourceFile, form: EventForm) -> None:
        self._source = source
        self._form = form
        self._bytes = ByteStream(source)

    @property
    def progress(self) -> float:
        """The share of the file that has been read, 0 to 1."""
        return self._bytes.progress

    def check(self) -> None:
        """See that the file opens and its header names the fields of the topic.

        Raises:
            FileError: it does not.
        """
        with self._rows() as rows:
            self._header(rows)

    def messages(self) -> Iterator[Message]:
        """The rows.

        Raises:
            FileError: a row has too many or too few cells, or cannot be read.
        """
        encode = msgspec.json.Encoder().encode
        with self._rows() as rows:
            columns = self._header(rows)
            cells = [
                (name, _count if name in self._form.counts else None)
                for name in columns
            ]
            key = columns.index(self._form.key)
            for row in rows:
                if len(row) != len(columns):
                    if not row:
                        continue
                    raise FileError(
                        self._source.path,
                        f"{len(row)} cells where the header has {len(columns)}",
                        line=rows.line_num,
                    )
                fields: dict[str, Any] = {
                    name: convert(cell) if convert else cell
                    for (name, convert), cell in zip(cells, row, strict=True)
                    if cell
                }
                yield Message(row[key].encode() or None, encode(fields))

    @contextmanager
    def _rows(self) -> Iterator[Any]:
        csv.field_size_limit(MAX_CELL_CHARACTERS)
        with self._bytes.open() as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            rows = csv.reader(lines, strict=True)
            try:
                yield rows
            except UnicodeDecodeError as error:
                raise FileError(
                    self._source.path,
                    f"not UTF-8 from here on ({error.reason}); convert the file, for "
                    "example with iconv",
                    line=rows.line_num + 1,
                ) from error
            except csv.Error as error:
                raise FileError(
                    self._source.path, f"malformed CSV: {error}", line=rows.line_num
                ) from error
            finally:
                lines.detach()

    def _header(self, rows: Any) -> list[str]:
        path = self._source.path
        columns = [name.strip() for name in next(rows, [])]
        if not any(columns):
            raise FileError(path, "no header row", line=1)
        if "" in columns:
            raise FileError(path, f"column {columns.index('') + 1} has no name", line=1)
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise FileError(path, f"column {', '.join(twice)} comes twice", line=1)
        missing = [name for name in self._form.required if name not in columns]
        if missing:
            raise FileError(
                path,
                f"no column {', '.join(missing)}; the first line has to name the "
                "fields, separated by commas",
                line=1,
            )
        return columns


def _count(cell: str) -> str | msgspec.Raw:
    return msgspec.Raw(cell.encode()) if _JSON_NUMBER.fullmatch(cell) else cell
