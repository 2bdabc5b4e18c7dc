"""The way of one registration through attribution, from its messages to its credit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from roi.errors import RoiError, ServiceUnavailable, UsageError
from roi.settings import Postgres

Row = Mapping[str, Any]

MAX_TOUCHES = 200
"""Of a device with more touches, those that compete and the nearest in time."""

_SQL = resources.files("roi") / "sql"


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What is known about one registration; its rows are those of `roi/sql`."""

    registration_id: str
    copies: tuple[Row, ...]
    """Its messages up to the position of the marts; the first one counts."""
    newer_copies: int
    """How many more came after that."""
    outcome: Row | None
    """Its status and its winner; None where the marts do not have it yet."""
    touches: tuple[Row, ...]
    """Touches of its device in the order of attribution, each with a verdict."""
    touches_of_device: int
    credits: tuple[Row, ...]
    conflicts: tuple[Row, ...]
    position: tuple[Row, ...]

    @property
    def why(self) -> str:
        """The status in one sentence."""
        found = self.outcome
        if found is None:
            return "loaded, but the marts have not read it yet: run `dbt build`"
        match found["status"]:
            case "duplicate_user":
                return f"the user's registration that is kept is {_kept(found)}"
            case "shared_device":
                return f"the device's registration that counts is {_kept(found)}"
            case "organic" if not self.touches:
                return "eligible, and its device has no touch at all"
            case "organic":
                return "eligible, and none of its device's touches is a candidate"
            case _:
                return (
                    f"eligible, and won by a touch of {found['platform']} "
                    f"{shortened(found['hours_to_register'])} h before it"
                )


def read(postgres: Postgres, registration_id: str) -> Explanation:
    """Ask the relations that attribution itself reads, and change nothing.

    Raises:
        ServiceUnavailable: Postgres does not answer.
        RoiError: nothing is built yet, or it may not be read.
        UsageError: there is no such registration.
    """
    try:
        with psycopg.connect(
            **postgres.connection_parameters(),
            connect_timeout=5,
            application_name="roi-explain",
            row_factory=dict_row,
        ) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return _read(connection, registration_id.strip())
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise RoiError(
            f"there are no marts in {postgres} yet, or not all: run `dbt build` (or "
            "`roi demo`)"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise RoiError(
            f"{postgres.user} may not read all that led to the marts in {postgres}: "
            "use roi_transformer, or a member of it; roi_reader reads the marts alone"
        ) from error
    except psycopg.OperationalError as error:
        raise ServiceUnavailable(
            f"Postgres at {postgres} does not answer ({' '.join(str(error).split())}); "
            "`roi up` starts the embedded one"
        ) from error


def _read(connection: psycopg.Connection[DictRow], registration_id: str) -> Explanation:
    def rows(name: str, **more: Any) -> tuple[Row, ...]:
        statement = (_SQL / f"explain_{name}.sql").read_bytes()
        given = {"registration_id": registration_id, **more}
        return tuple(connection.execute(statement, given).fetchall())

    # Not a character that Postgres could not have stored.
    if "\0" in registration_id:
        raise UsageError("a registration id holds no NUL")
    copies = rows("copies")
    newer_copies = rows("newer_copies")[0]["copies"]
    outcome = next(iter(rows("status")), None)
    if not (copies or newer_copies or outcome):
        raise UsageError(
            f"no registration {registration_id!r}: give the event_id of one, as in "
            "marts.attributed_registrations"
        )
    touches = rows("touches", limit=MAX_TOUCHES)
    return Explanation(
        registration_id=registration_id,
        copies=copies,
        newer_copies=newer_copies,
        outcome=outcome,
        touches=touches,
        touches_of_device=touches[0]["touches_of_device"] if touches else 0,
        credits=rows("credits"),
        conflicts=rows(
            "conflicts",
            device_id=outcome and outcome["device_id"],
            user_id=outcome and outcome["user_id"],
        ),
        position=rows("position"),
    )


def reason(touch: Row, touches: tuple[Row, ...]) -> str:
    """Why a touch won, lost or was no candidate, in words."""
    match touch["verdict"]:
        case "winner":
            return "won"
        case "less_credit":
            return "competed; less credit than the winner"
        case "earlier":
            return "competed; the winner came later"
        case "impression_before_click":
            return "competed; of one instant with the winner, which is a click"
        case "larger_event_id":
            return "competed; of one instant with the winner, whose id is smaller"
        case "larger_platform":
            return "competed; of one instant and id with the winner"
        case "after_registration":
            return "came after the registration"
        case "registration_does_not_count":
            return "the registration does not count"
        case "no_rule":
            return "no rule holds for it"
        case "never_counts":
            return "its rule has a window of 0 hours"
        case "outside_window":
            return (
                f"outside the window: {shortened(touch['hours_before'])} h before, "
                f"{shortened(touch['lookback_hours'])} h count"
            )
        case "junk_device":
            return "junk devices are taken out"
        case _:
            best = max(
                each["priority"] for each in touches if each["touch_number"] is not None
            )
            return f"lower priority: {touch['priority']}, and a candidate has {best}"


def _kept(found: Row) -> str:
    return (
        f"{found['kept_registration_id']} (user {found['kept_user_id']}, device "
        f"{found['kept_device_id']}) at {instant(found['kept_registered_at'])} UTC"
    )


def instant(moment: dt.datetime) -> str:
    """A time in UTC, with a fraction of a second only where there is one."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")


def shortened(number: Decimal) -> str:
    """A number for the eye: at most four decimals."""
    text = f"{number:.4f}".rstrip("0").rstrip(".")
    return text if text not in ("0", "-0") or number == 0 else f"{number:.2g}"
