"""`roi report`: daily CPA and ROI in the terminal."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import typer


class ReportFormat(StrEnum):
    """What `--format` takes."""

    table = "table"
    csv = "csv"
    json = "json"


class Model(StrEnum):
    """What `--model` takes."""

    last_touch = "last_touch"
    first_touch = "first_touch"
    linear = "linear"
    position_based = "position_based"
    time_decay = "time_decay"


def report(
    first_day: Annotated[
        dt.datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day shown."),
    ] = None,
    last_day: Annotated[
        dt.datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="The last day shown."),
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="Only this platform, or `organic`.")
    ] = None,
    model: Annotated[
        Model | None,
        typer.Option(
            help="An attribution model; by default that of the plain marts, with "
            "revenue."
        ),
    ] = None,
    output: Annotated[
        ReportFormat,
        typer.Option("--format", help="A table for the eye; CSV and JSON are exact."),
    ] = ReportFormat.table,
) -> None:
    """Show daily CPA and ROI by platform, from the marts.

    Days are those of `reporting_timezone`. `covered` is the share of the day that
    spend reports cover; a dash means not known, which is not zero.
    """
    from roi import report as reports
    from roi import settings
    from roi.errors import UsageError

    if first_day and last_day and first_day > last_day:
        raise UsageError(
            f"--from {first_day:%Y-%m-%d} is after --to {last_day:%Y-%m-%d}"
        )
    question = reports.Question(
        first_day=first_day.date() if first_day else None,
        last_day=last_day.date() if last_day else None,
        platform=platform,
        model=model.value if model else None,
    )
    reports.write(reports.read(settings.postgres(), question), output.value)
