"""From the bytes of a message to a row, or to the reason why it is none.

The order of the checks is that of the contract: where several reasons hold, the
first in its list is given. One pass suffices, because each field is judged whatever
the others are, and the gravest verdict wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from loader import nesting, values
from loader.events import Topic
from loader.values import PRECEDENCE, Invalid, Reason


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message that can never be stored as what it claims to be."""

    reason: Reason
    detail: str


# Every string of JSON consists of escapes and other characters; an escape is
# harmless unless it is a surrogate without its partner.
_LONE_SURROGATES = re.compile(
    rb"(\\(?:[^u]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}))|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)

_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder(msgspec.Raw).decode
_encode_key = msgspec.json.Encoder().encode


class Validator:
    """Judges the messages of one topic."""

    def __init__(self, topic: Topic, *, max_message_bytes: int) -> None:
        self.topic = topic
        self.max_message_bytes = max_message_bytes
        self._fields = [
            (field.name, field.parser, field.required, field.default)
            for field in topic.fields
        ]

    def __call__(self, message: bytes | None) -> bytes | Rejection:
        r"""A message as COPY's text format takes it, or the reason why it is none.

        Returns:
            The topic's fields in their order and then the properties, separated by
            tabs, with \N for null and without line end; or a rejection.
        """
        if message is None:
            return Rejection(Reason.TOMBSTONE, "the message has no value")
        if len(message) > self.max_message_bytes:
            return Rejection(
                Reason.TOO_LARGE,
                f"{len(message)} bytes, allowed are {self.max_message_bytes} "
                "(LOADER_MAX_MESSAGE_BYTES)",
            )
        try:
            message.decode()
        except UnicodeDecodeError as error:
            return Rejection(Reason.INVALID_UTF8, f"at byte {error.start}")
        if b"\\u" in message:
            # A lone surrogate is sound JSON, but no text: from here on it is a NUL,
            # which is refused wherever it would be stored.
            message = _LONE_SURROGATES.sub(
                lambda match: match[1] or rb"\u0000", message
            )
        was_cut = False
        if nesting.is_deep(message):
            found = nesting.cut(message)
            if found is None:
                return Rejection(Reason.INVALID_JSON, "JSON is malformed")
            message, was_cut = found
        try:
            members = _decode(message)
        except msgspec.ValidationError:
            # Not an object; what follows its first byte has not been looked at.
            try:
                _decode_any(message)
            except msgspec.DecodeError as error:
                return Rejection(Reason.INVALID_JSON, str(error))
            return Rejection(Reason.INVALID_TYPE, "the message must be a JSON object")
        except msgspec.DecodeError as error:
            return Rejection(Reason.INVALID_JSON, str(error))
        return self._row(members, was_cut=was_cut)

    def _row(
        self, members: dict[str, msgspec.Raw], *, was_cut: bool
    ) -> bytes | Rejection:
        columns = []
        verdicts = []
        if was_cut:
            verdicts.append(
                Rejection(
                    Reason.INVALID_VALUE,
                    f"an unlisted field is nested more than {nesting.MAX_NESTING} "
                    "levels deep",
                )
            )
        tokens: dict[str, bytes] = {}
        for name, parser, required, default in self._fields:
            raw = members.pop(name, None)
            token = b"null" if raw is None else bytes(raw)
            if token == b"null":
                if required:
                    verdicts.append(Rejection(Reason.MISSING_FIELD, name))
                columns.append(default)
                continue
            tokens[name] = token
            try:
                columns.append(parser(token))
            except Invalid as invalid:
                verdicts.append(Rejection(invalid.reason, f"{name}: {invalid.detail}"))
        columns.append(rb"\N")
        if members:
            try:
                columns[-1] = _properties(members)
            except Invalid as invalid:
                verdicts.append(
                    Rejection(invalid.reason, f"an unlisted field {invalid.detail}")
                )
        if self.topic.check is not None:
            try:
                self.topic.check(tokens)
            except KeyError:
                pass  # a field of it is missing: the verdict on that stands already
            except Invalid as invalid:
                verdicts.append(Rejection(invalid.reason, invalid.detail))
        if verdicts:
            return min(verdicts, key=lambda verdict: PRECEDENCE[verdict.reason])
        return b"\t".join(columns)


def _properties(members: dict[str, msgspec.Raw]) -> bytes:
    """The unlisted members as a JSON object, token by token as they came."""
    return values.unlisted(
        b"{%s}"
        % b",".join(
            b"%s:%s" % (_encode_key(key), bytes(raw)) for key, raw in members.items()
        )
    )
