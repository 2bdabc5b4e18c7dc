"""Invented data goes into services that are ours, or that somebody named.

`roi simulate` and `roi demo` write traffic that never happened. The embedded
services are there for that; any other is refused unless each of its hosts is named
with `--yes-write-to`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from roi.errors import SettingsError
from roi.settings import Kafka, Postgres


def require_consent(
    targets: Iterable[Kafka | Postgres], consent: Collection[str]
) -> None:
    """See that simulated data may be written to services.

    Args:
        targets: Where it would be written to.
        consent: The hosts named with `--yes-write-to`, each alone or several
            separated by commas; a port is not needed and, where it is there, has to
            be the right one.

    Raises:
        SettingsError: a host of a service that is not embedded is not named.
    """
    named = {name.strip().lower() for text in consent for name in text.split(",")}
    for target in targets:
        if target.embedded:
            continue
        unnamed = [
            host
            for host, address in _addresses(target)
            if host not in named and address not in named
        ]
        if unnamed:
            kind = "Kafka" if isinstance(target, Kafka) else "Postgres"
            options = " ".join(
                f"--yes-write-to {host}" for host in dict.fromkeys(unnamed)
            )
            raise SettingsError(
                f"{kind} at {target} is not the embedded one, and simulated data "
                f"would be mixed into it for good; if it is meant, add {options}"
            )


def _addresses(target: Kafka | Postgres) -> list[tuple[str, str]]:
    """Every host of a service, alone and with its port."""
    if isinstance(target, Kafka):
        pairs = []
        for server in target.bootstrap_servers:
            host, colon, port = server.rpartition(":")
            bare = host if colon and port.isdigit() else server
            pairs.append((bare.strip("[]").lower(), server.lower()))
        return pairs
    hosts = [host.strip().lower() for host in target.host.split(",")]
    return [(host, f"{host}:{target.port}") for host in hosts]
