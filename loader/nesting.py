"""Messages that are nested too deeply for a recursive decoder.

JSON sets no limit to nesting; decoders and jsonb do. The loader's own is a fixed one,
so that no verdict depends on how deep a call stack happens to be. What lies below it
is cut out, without recursion, and the rest is judged like any message.
"""

from __future__ import annotations

import re

MAX_NESTING = 512
"""Levels of arrays and objects, the message itself counted."""

_TOKEN = re.compile(
    rb"[ \t\n\r]*+(?:"
    rb'("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
    rb"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)"
    rb"|([\[{])|([\]}])|([,:]))"
)
_BLANK = re.compile(rb"[ \t\n\r]*")


def is_deep(message: bytes) -> bool:
    """Whether a message may be nested more deeply than allowed: a quick look."""
    return message.count(b"[") + message.count(b"{") > MAX_NESTING


def cut(message: bytes) -> tuple[bytes, bool] | None:
    """A message with everything below the limit left out.

    Returns:
        The message down to `MAX_NESTING` levels, and whether anything was left out;
        None where the message is not JSON at all.
    """
    kept: list[bytes] = []
    was_cut = False
    closers = bytearray()
    # What may come next: a value, a key, ":" or, after a value, "," or a closer.
    wants, may_close = "value", False
    position = 0
    while match := _TOKEN.match(message, position):
        position = match.end()
        scalar, opener, closer, mark = match.groups()
        depth = len(closers)
        if scalar is not None:
            if wants == "key" and scalar.startswith(b'"'):
                wants = "colon"
            elif wants == "value":
                wants = "next"
            else:
                return None
        elif opener is not None:
            if wants != "value":
                return None
            closers += b"]" if opener == b"[" else b"}"
            depth += 1
            wants = "value" if opener == b"[" else "key"
        elif closer is not None:
            if not closers or closer[0] != closers.pop():
                return None
            if wants != "next" and not may_close:
                return None
            wants = "next"
        elif mark == b":":
            if wants != "colon":
                return None
            wants = "value"
        else:
            if wants != "next" or not closers:
                return None
            wants = "value" if closers[-1:] == b"]" else "key"
        may_close = opener is not None
        if depth <= MAX_NESTING:
            kept.append(match[0])
        elif opener is not None and depth == MAX_NESTING + 1:
            was_cut = True
            kept.append(b"0")  # in the place of the value that is left out
    if wants != "next" or closers or _BLANK.fullmatch(message, position) is None:
        return None
    return b"".join(kept), was_cut
