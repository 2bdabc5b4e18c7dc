"""Parquet files: columns are the fields, null is an absent field."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from collector.errors import FileError
from collector.events import EventForm
from collector.files import Message, SourceFile

BATCH_ROWS = 8_192

_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the offset is appended as text

Convert = Callable[[pa.Array], list[Any]]


class ParquetReader:
    """Reads a Parquet file in batches of rows.

    Times with a zone become RFC 3339 in UTC, decimals keep every digit, floats have
    the shortest text that is the same float.
    """

    def __init__(self, source: SourceFile, form: EventForm) -> None:
        self._source = source
        self._form = form
        self._progress = 0.0

    @property
    def progress(self) -> float:
        """The share of the file that has been read, 0 to 1."""
        return self._progress

    def check(self) -> None:
        """See that the file opens and has the fields of the topic as columns.

        Raises:
            FileError: it does not, or a time has no zone.
        """
        with self._open() as file:
            self._converters(file.schema_arrow)

    def messages(self) -> Iterator[Message]:
        """The rows.

        Raises:
            FileError: the file is damaged, or a value cannot be read.
        """
        encode = msgspec.json.Encoder(enc_hook=str).encode
        key = self._form.key
        with self._open() as file:
            converters = self._converters(file.schema_arrow)
            names, done = list(converters), 0
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                columns = [
                    convert(batch.column(index))
                    for index, convert in enumerate(converters.values())
                ]
                for row in zip(*columns, strict=True):
                    fields = {
                        name: value
                        for name, value in zip(names, row, strict=True)
                        if value is not None
                    }
                    owner = fields.get(key)
                    yield Message(
                        owner.encode() if isinstance(owner, str) and owner else None,
                        encode(fields),
                    )
                done += batch.num_rows
                self._progress = done / file.metadata.num_rows
        self._progress = 1.0

    @contextmanager
    def _open(self) -> Iterator[pq.ParquetFile]:
        path = self._source.path
        try:
            with pq.ParquetFile(path) as file:
                yield file
        except FileError:
            raise
        except UnicodeDecodeError as error:
            raise FileError(path, f"text that is not UTF-8: {error.reason}") from error
        except (OverflowError, decimal.InvalidOperation) as error:
            raise FileError(path, f"a value out of range: {error}") from error
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())
            raise FileError(path, f"no readable Parquet file: {reason}") from error

    def _converters(self, schema: pa.Schema) -> dict[str, Convert]:
        path = self._source.path
        twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
        if twice:
            raise FileError(path, f"column {', '.join(twice)} comes twice")
        missing = [name for name in self._form.required if name not in schema.names]
        if missing:
            raise FileError(path, f"no column {', '.join(missing)}")
        for field in schema:
            if field.name in self._form.times and (
                pa.types.is_date(field.type)
                or (pa.types.is_timestamp(field.type) and field.type.tz is None)
            ):
                raise FileError(
                    path,
                    f"column {field.name} is {field.type}, a time without a zone; "
                    "write it as a timestamp with one, for example timestamp[us, "
                    "tz=UTC]",
                )
        return {field.name: self._converter(field) for field in schema}

    def _converter(self, field: pa.Field) -> Convert:
        kind, types = field.type, pa.types
        if types.is_dictionary(kind):
            plain = self._converter(pa.field(field.name, kind.value_type))
            return lambda column: plain(column.dictionary_decode())
        is_text = field.name in self._form.texts
        if types.is_timestamp(kind):
            suffix = "" if kind.tz is None else "Z"
            return lambda column: _times(column, kind.unit, suffix)
        if types.is_float32(kind) or types.is_float16(kind):
            return _narrow_floats
        if types.is_float64(kind):
            return lambda column: [_float(value) for value in column.to_pylist()]
        if types.is_decimal(kind):
            as_text = is_text or field.name in self._form.amounts
            return lambda column: _decimals(column, as_text=as_text)
        if types.is_integer(kind) and is_text:
            return lambda column: _texts(column.to_pylist())
        if types.is_binary(kind) or types.is_large_binary(kind):
            return lambda column: [
                None if value is None else value.decode()
                for value in column.to_pylist()
            ]
        if types.is_temporal(kind):
            return lambda column: _texts(column.to_pylist())
        return lambda column: list(column.to_pylist())


def _texts(values: list[Any]) -> list[str | None]:
    return [None if value is None else str(value) for value in values]


def _times(column: pa.Array, unit: str, suffix: str) -> list[str | None]:
    """RFC 3339 with microseconds, or with nanoseconds where there are any."""
    per_second = _UNITS[unit]
    scale = 1_000_000_000 // per_second
    texts: list[str | None] = []
    for count in column.cast(pa.int64()).to_pylist():
        if count is None:
            texts.append(None)
            continue
        seconds, rest = divmod(count, per_second)
        nanoseconds = rest * scale
        micro, nano = divmod(nanoseconds, 1000)
        fraction = f"{nanoseconds:09d}" if nano else f"{micro:06d}"
        whole = _EPOCH + dt.timedelta(seconds=seconds)
        texts.append(f"{whole.isoformat()}.{fraction}{suffix}")
    return texts


def _decimals(column: pa.Array, *, as_text: bool) -> list[Any]:
    return [
        None
        if value is None
        else f"{value:f}"
        if as_text
        else msgspec.Raw(f"{value:f}".encode())
        for value in column.to_pylist()
    ]


def _float(value: float | None) -> Any:
    """A JSON number; what JSON has no number for is text, to be rejected in sight."""
    if value is None:
        return None
    text = repr(value)
    return msgspec.Raw(text.encode()) if math.isfinite(value) else text


def _narrow_floats(column: pa.Array) -> list[Any]:
    """Floats of 32 and 16 bits by their own shortest text."""
    return [
        None
        if text is None
        else msgspec.Raw(text.encode())
        if math.isfinite(float(text))
        else text
        for text in column.cast(pa.float32()).cast(pa.string()).to_pylist()
    ]
