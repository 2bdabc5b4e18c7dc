"""NDJSON files: a line is a message, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from collector.errors import FileError
from collector.events import EventForm
from collector.files import ByteStream, Message, SourceFile

MAX_LINE_BYTES = 33_554_432
"""A longer line is no event, and would not fit into memory for ever."""


class NdjsonReader:
    """Reads an NDJSON file.

    A line is sent as it is, without its line end, whatever is on it: what is no
    event is rejected by the loader, where it can be seen. Blank lines are skipped.
    """

    def __init__(self, source: SourceFile, form: EventForm) -> None:
        self._source = source
        self._bytes = ByteStream(source)
        keyed = msgspec.defstruct("Keyed", [(form.key, Any, None)])
        self._decode = msgspec.json.Decoder(keyed).decode
        self._key_field = form.key

    @property
    def progress(self) -> float:
        """The share of the file that has been read, 0 to 1."""
        return self._bytes.progress

    def check(self) -> None:
        """See that the file opens.

        Raises:
            FileError: it does not.
        """
        with self._bytes.open() as stream:
            stream.read(1)

    def messages(self) -> Iterator[Message]:
        """The lines.

        Raises:
            FileError: the file is damaged, or a line far too long.
        """
        number = 0
        with self._bytes.open() as stream:
            while line := stream.readline(MAX_LINE_BYTES + 2):
                number += 1
                value = line.removesuffix(b"\n").removesuffix(b"\r")
                if len(value) > MAX_LINE_BYTES:
                    raise FileError(
                        self._source.path,
                        f"longer than {MAX_LINE_BYTES:,} bytes; is it NDJSON, one "
                        "event a line?",
                        line=number,
                    )
                if value and not value.isspace():
                    yield Message(self._key(value), value)

    def _key(self, value: bytes) -> bytes | None:
        try:
            key = getattr(self._decode(value), self._key_field)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return key.encode() if isinstance(key, str) and key else None
