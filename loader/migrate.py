"""The raw schema and the roles, brought up to date by numbered SQL files.

All that is missing is applied in one transaction, under a lock: any number of
processes may try at once, and a failure leaves the schema as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import psycopg

from loader.errors import LoaderError, SchemaOutdated

_LOCK = 4_712_040_718  # of this product's migrations, in Postgres' advisory locks
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """One SQL file of `loader/migrations`."""

    version: int
    name: str
    statements: bytes


@cache
def migrations() -> tuple[Migration, ...]:
    """All of them, in their order."""
    found = []
    for file in (resources.files("loader") / "migrations").iterdir():
        if match := _FILE_NAME.fullmatch(file.name):
            found.append(
                Migration(
                    version=int(match[1]), name=file.name, statements=file.read_bytes()
                )
            )
    return tuple(sorted(found, key=lambda migration: migration.version))


def _applied(connection: psycopg.Connection) -> set[int]:
    row = connection.execute("select to_regclass('raw.schema_migrations')").fetchone()
    if row is None or row[0] is None:
        return set()
    rows = connection.execute("select version from raw.schema_migrations")
    return {version for (version,) in rows}


def migrate(connection: psycopg.Connection) -> list[str]:
    """Apply what is missing.

    Args:
        connection: as a user that may create roles and schemas.

    Returns:
        The names of the migrations applied, in their order.

    Raises:
        LoaderError: the user lacks a privilege; nothing has changed.
    """
    try:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            applied = _applied(connection)
            new = [each for each in migrations() if each.version not in applied]
            for migration in new:
                connection.execute(migration.statements)
                # A file may switch to the role that is to own what it creates.
                connection.execute("reset role")
            if new:
                connection.execute("set local role roi_owner")
                connection.cursor().executemany(
                    "insert into raw.schema_migrations (version, name) values (%s, %s)",
                    [(migration.version, migration.name) for migration in new],
                )
                connection.execute("reset role")
    except psycopg.errors.InsufficientPrivilege as error:
        raise LoaderError(
            f"the user {connection.info.user} may not migrate "
            f"({error.diag.message_primary}); use one that may create roles, and "
            "schemas in this database"
        ) from error
    return [migration.name for migration in new]


def check(connection: psycopg.Connection) -> None:
    """Make sure that the raw schema is the one this version was written for.

    Raises:
        SchemaOutdated: it lacks migrations, or was migrated by a newer version.
    """
    applied = _applied(connection)
    known = {migration.version for migration in migrations()}
    if known - applied:
        raise SchemaOutdated(
            f"the raw schema in {connection.info.dbname} lacks "
            f"{len(known - applied)} migrations: run `roi migrate`"
        )
    if applied - known:
        raise SchemaOutdated(
            f"the raw schema in {connection.info.dbname} was migrated by a newer "
            "version of this program: update this one"
        )
