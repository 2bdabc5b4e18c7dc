"""Daily CPA and ROI, read from the marts and shown as a table, CSV or JSON."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any, Literal

import msgspec
import psycopg
from rich.console import Console
from rich.table import Table

from roi.errors import RoiError, ServiceUnavailable, UsageError
from roi.settings import Postgres

MODELS = ("last_touch", "first_touch", "linear", "position_based", "time_decay")
Format = Literal["table", "csv", "json"]

_SQL = resources.files("roi") / "sql"
_WIDTH_OFF_TERMINAL = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Which rows to show; None leaves a bound open."""

    first_day: dt.date | None = None
    last_day: dt.date | None = None
    platform: str | None = None
    model: str | None = None
    """None: the model of the plain marts, with revenue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Rows of a mart, in the order of day and platform."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    as_of: dt.datetime | None
    """When the run that wrote them froze its positions."""


def read(postgres: Postgres, question: Question) -> Report:
    """Ask the marts.

    Raises:
        ServiceUnavailable: Postgres does not answer.
        RoiError: there are no marts yet, or they may not be read.
        UsageError: there is no such platform.
    """
    name = "report_days.sql" if question.model is None else "report_days_by_model.sql"
    platform = question.platform and question.platform.strip().lower()
    try:
        with psycopg.connect(
            **postgres.connection_parameters(),
            connect_timeout=5,
            application_name="roi-report",
        ) as connection:
            rows = connection.execute(
                (_SQL / name).read_bytes(),
                {
                    "first_day": question.first_day,
                    "last_day": question.last_day,
                    "platform": platform,
                    "model": question.model,
                },
            )
            assert rows.description is not None
            columns = tuple(column.name for column in rows.description)
            found = tuple(rows.fetchall())
            if platform and not found:
                _require_platform(connection, platform)
            as_of = connection.execute(
                "select max(frozen_at) from marts.data_as_of"
            ).fetchone()
    except psycopg.errors.UndefinedTable as error:
        raise RoiError(
            f"there are no marts in {postgres} yet: run `dbt build` (or `roi demo`)"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise RoiError(
            f"{postgres.user} may not read the marts in {postgres}: use roi_reader, "
            "or a member of it"
        ) from error
    except psycopg.OperationalError as error:
        raise ServiceUnavailable(
            f"Postgres at {postgres} does not answer ({' '.join(str(error).split())}); "
            "`roi up` starts the embedded one"
        ) from error
    return Report(columns=columns, rows=found, as_of=as_of[0] if as_of else None)


def _require_platform(connection: psycopg.Connection, platform: str) -> None:
    known = [
        name
        for (name,) in connection.execute(
            'select distinct platform collate "C" from marts.daily_cpa order by 1'
        )
    ]
    if known and platform not in known:
        raise UsageError(f"no platform {platform!r}: there are {', '.join(known)}")


def console() -> Console:
    """Standard output for a person; off a terminal wide enough for the table."""
    return Console(
        highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OFF_TERMINAL
    )


def write(report: Report, style: Format) -> None:
    """Print a report to standard output.

    A table is rounded for the eye and has a line of totals for each platform; CSV
    and JSON hold every digit. JSON numbers are exact: read them as decimals.
    """
    if style == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(report.columns)
        writer.writerows([_plain(value) for value in row] for row in report.rows)
    elif style == "json":
        encoder = msgspec.json.Encoder(decimal_format="number")
        lines = (
            encoder.encode(
                dict(zip(report.columns, map(_normal, row), strict=True))
            ).decode()
            for row in report.rows
        )
        print("[\n  " + ",\n  ".join(lines) + "\n]" if report.rows else "[]")
    else:
        _write_table(report, console())


def _normal(value: Any) -> Any:
    return Decimal(_plain(value)) if isinstance(value, Decimal) else value


def _plain(value: Any) -> Any:
    """A decimal without exponent and without zeros that change nothing."""
    if not isinstance(value, Decimal):
        return value
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_TITLES = {
    "report_date": "day",
    "spend_coverage": "covered",
    "registrations": "registr.",
    "impressions": "impr.",
}


def _shown(column: str, value: Any) -> str:
    """A value as the table shows it."""
    if value is None:
        return "-"
    if column in {"spend", "cpa", "revenue", "registrations", "roas"}:
        return f"{value:,.2f}"
    if column in {"spend_coverage", "roi"}:
        return f"{value:,.0%}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _write_table(report: Report, screen: Console) -> None:
    if not report.rows:
        screen.print("No rows: nothing was reported or registered in these days.")
        return
    table = Table(header_style="bold")
    for column in report.columns:
        is_text = column in {"report_date", "platform"}
        table.add_column(
            _TITLES.get(column, column),
            justify="left" if is_text else "right",
            no_wrap=True,
        )
    day = None
    for row in report.rows:
        if day is not None and row[0] != day:
            table.add_section()
        day = row[0]
        table.add_row(*map(_shown, report.columns, row))
    table.add_section()
    for total in _totals(report):
        table.add_row(*map(_shown, report.columns, total), style="bold")
    screen.print(table)
    if report.as_of is not None:
        screen.print(f"as of {report.as_of.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC")


def _totals(report: Report) -> Iterable[Sequence[Any]]:
    """One row a platform over all the days shown; ratios are those of the sums."""
    by_platform: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in report.rows:
        values = dict(zip(report.columns, row, strict=True))
        by_platform[values["platform"]].append(values)
    for platform, days in sorted(by_platform.items()):
        total: dict[str, Any] = {"report_date": "all days", "platform": platform}
        for column in ("spend", "impressions", "clicks", "registrations", "revenue"):
            known = [day[column] for day in days if day.get(column) is not None]
            total[column] = sum(known) if known else None
        spend, registrations = total["spend"], total["registrations"]
        revenue = total["revenue"]
        if spend is not None and registrations:
            total["cpa"] = spend / registrations
        if spend and revenue is not None:
            total["roi"] = (revenue - spend) / spend
            total["roas"] = revenue / spend
        yield [total.get(column) for column in report.columns]
