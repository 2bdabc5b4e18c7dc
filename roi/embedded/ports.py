"""Which ports of this machine are free."""

from __future__ import annotations

import socket
from collections.abc import Collection

from roi.errors import RoiError
from roi.settings import Embedded

_TRIED = 200


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As the servers do, so that connections that have just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((Embedded.HOST, port))
        except OSError:
            return False
        return True


def is_open(port: int) -> bool:
    """Whether somebody listens there; does not stand in the way of who is about to."""
    try:
        socket.create_connection((Embedded.HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def next_free(preferred: int, *, besides: Collection[int] = ()) -> int:
    """The preferred port, or the first free one above it.

    Raises:
        RoiError: none of the next two hundred is free.
    """
    for port in range(preferred, min(preferred + _TRIED, 65536)):
        if port not in besides and is_free(port):
            return port
    raise RoiError(
        f"no free port from {preferred} on: set ROI_EMBEDDED_POSTGRES_PORT and "
        "ROI_EMBEDDED_KAFKA_PORT to free ones"
    )


def any_free() -> int:
    """A port that the system picks."""
    with socket.socket() as probe:
        probe.bind((Embedded.HOST, 0))
        port: int = probe.getsockname()[1]
        return port
