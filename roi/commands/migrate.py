"""`roi migrate`: the raw schema and the roles of any Postgres, up to date."""

from __future__ import annotations

from roi import settings
from roi.errors import ServiceUnavailable


def migrate() -> None:
    """Bring the raw schema and the roles up to date.

    Raises:
        ServiceUnavailable: Postgres does not answer, or refuses the login.
    """
    import psycopg

    from loader.migrate import migrate

    postgres = settings.postgres()
    try:
        with psycopg.connect(
            **postgres.connection_parameters(), autocommit=True, connect_timeout=10
        ) as connection:
            applied = migrate(connection)
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise ServiceUnavailable(
            f"Postgres at {postgres} does not let us in ({reason}): check PGHOST, "
            "PGPORT, PGUSER and PGPASSWORD, or run `roi up` for the embedded one"
        ) from error
    print("\n".join(f"applied {name}" for name in applied) or "up to date")
