"""The marts of a database, held against those of the reference, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tests.reference.marts import Marts
from tests.reference.performance import Row
from tests.reference.rows import Variables

KEYS = {
    "daily_cpa": ("report_date", "platform"),
    "hourly_cpa": ("report_hour", "platform"),
    "daily_cpa_by_model": ("report_date", "platform", "attribution_model"),
    "daily_campaign_performance": ("report_date", "platform", "campaign_id"),
    "daily_roi": ("report_date", "platform"),
    "attributed_registrations": ("registration_id",),
    "attribution_credits": (
        "registration_id",
        "attribution_model",
        "platform",
        "touch_id",
    ),
    "device_platforms": ("device_id", "valid_from"),
}
CONFLICT_KEYS = {
    "several_platforms": ("device_id",),
    "several_users": ("device_id",),
    "several_devices": ("user_id",),
    "tied_touches": ("device_id", "user_id"),
    "lost_by_priority": ("device_id", "user_id"),
    "registered_before_impression": ("device_id", "user_id"),
    "instant_registration": ("device_id", "user_id"),
    "inhuman_touch_rate": ("device_id", "detected_at"),
    "junk_device": ("device_id",),
    "event_id_reused": ("event_id", "platform"),
}
"""The columns that say which conflict of a type a row is; of the others the contract
does not say where they apply, so only detected_at is compared beside them."""
RELATIONS = (*KEYS, "attribution_conflicts")

EXACT_MODELS = ("last_touch", "first_touch")
NINE_DECIMALS = Decimal("1e-9")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What was compared, and what came out."""

    differences: dict[str, list[str]] = field(default_factory=dict)
    """Relation → one line for each row that is missing, too many or different."""
    skipped: list[str] = field(default_factory=list)
    """Relations that the project does not have."""
    rows: dict[str, int] = field(default_factory=dict)

    def report(self, first: int = 8) -> str:
        """The first few differences of every relation."""
        lines = []
        for relation, found in self.differences.items():
            lines.append(f"{relation}: {len(found)} rows differ")
            lines += [f"    {line}" for line in found[:first]]
        return "\n".join(lines)


def same(expected: object, got: object, *, exact: bool) -> bool:
    """Equal; credits of fractional models and what they make to 9 decimals."""
    if exact or not isinstance(expected, Decimal) or not isinstance(got, Decimal):
        return expected == got
    return abs(expected - got) <= NINE_DECIMALS * max(1, abs(expected))


def is_exact(row: Row, column: str, model: str) -> bool:
    """Money, coverage and counts always are, the rest is under models of all or none.

    `hours_to_register` is no money, so the contract does not say how it is rounded.
    """
    if column == "hours_to_register":
        return False
    by_credit = ("registrations", "cpa", "roi", "roas", "credit", "revenue")
    return (
        not column.startswith(by_credit)
        or row.get("attribution_model", model) in EXACT_MODELS
    )


def differing(
    relation: str, expected: Mapping[object, Row], got: Mapping[object, Row], model: str
) -> list[str]:
    """One line for each difference."""
    lines = []
    for key in sorted(expected.keys() | got.keys(), key=repr):
        name = ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
        if key not in got:
            lines.append(f"{name}: missing; expected {short(expected[key])}")
        elif key not in expected:
            lines.append(f"{name}: not expected; got {short(got[key])}")
        else:
            columns = [
                f"{column} expected {value}, got {got[key].get(column, '(no column)')}"
                for column, value in expected[key].items()
                if not same(
                    value,
                    got[key].get(column, "(no column)"),
                    exact=is_exact(expected[key], column, model),
                )
            ]
            if columns:
                lines.append(f"{name}: {'; '.join(columns)}")
    return lines


def short(row: Row) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items() if value)


def keyed(relation: str, rows: list[Row]) -> dict[object, Row]:
    """The rows by their key, without those that are too small to be told from 0."""
    found: dict[object, Row] = {}
    for row in rows:
        names: tuple[str, ...] = KEYS.get(relation, ())
        if relation == "attribution_conflicts":
            kind = str(row["conflict_type"])
            names = ("conflict_type", *CONFLICT_KEYS[kind])
            row = {each: row[each] for each in {*names, "detected_at"}}
        credit = row.get("credit")
        if isinstance(credit, Decimal) and credit < NINE_DECIMALS:
            continue
        key = tuple(row[name] for name in names)
        # A key that comes twice shows up as a row that nobody expects.
        found[(*key, "again") if key in found else key] = row
    return found


def read(connection: psycopg.Connection, relation: str) -> list[Row] | None:
    """All rows, or None where the project has no such relation."""
    there = connection.execute("select to_regclass(%s)", [f"marts.{relation}"])
    if there.fetchone() == (None,):
        return None
    statement = sql.SQL("select * from marts.{}").format(sql.Identifier(relation))
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement).fetchall()
    if relation == "attribution_conflicts":
        return [row | {"event_id": event_id_of(row["details"])} for row in rows]
    return rows


def event_id_of(details: object) -> object:
    """The event's id in the details of `event_id_reused`."""
    return details.get("event_id") if isinstance(details, dict) else None


def compare(
    connection: psycopg.Connection, expected: Marts, variables: Variables
) -> Comparison:
    """Every relation of the reference with the one in the schema marts."""
    comparison = Comparison()
    for relation in RELATIONS:
        rows = read(connection, relation)
        if rows is None:
            comparison.skipped.append(relation)
            continue
        comparison.rows[relation] = len(rows)
        lines = differing(
            relation,
            keyed(relation, expected[relation]),
            keyed(relation, rows),
            variables.attribution_model,
        )
        if lines:
            comparison.differences[relation] = lines
    return comparison
