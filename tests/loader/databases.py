"""Databases of one test's own, on the session's Postgres."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from loader import migrate
from roi.settings import Embedded, Postgres


@contextmanager
def empty_database(services: Embedded) -> Iterator[Postgres]:
    """A new database; dropped afterwards with whoever is connected."""
    name = f"test_{uuid.uuid4().hex}"
    admin = services.postgres
    with psycopg.connect(**admin.connection_parameters(), autocommit=True) as server:
        server.execute(f"create database {name}".encode())
        try:
            yield replace(admin, database=name)
        finally:
            server.execute(f"drop database {name} with (force)".encode())


@contextmanager
def fresh_database(services: Embedded) -> Iterator[Postgres]:
    """A new, migrated database."""
    with empty_database(services) as own:
        with psycopg.connect(**own.connection_parameters()) as connection:
            migrate.migrate(connection)
        yield own
