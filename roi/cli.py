"""`roi`: the command line.

Commands import what they need when they run, so that `roi --help` is quick.
"""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated

import typer

from roi.commands import (
    demo,
    down,
    env,
    explain,
    load,
    migrate,
    produce,
    report,
    simulate,
    status,
    up,
)
from roi.errors import RoiError

INTERRUPTED = 130
"""What the command-line library makes of Ctrl-C."""

app = typer.Typer(
    name="roi",
    help=(
        "What does each new user cost, by ad platform, and what does that money "
        "bring back?\n\nStart with `roi demo`. Services are found by PGHOST, … and "
        "KAFKA_BOOTSTRAP_SERVERS, …; with none set, the embedded ones of `roi up` "
        "are used."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.")
    ] = False,
) -> None:
    if version:
        typer.echo(f"roi {metadata.version('ads-roi')}")
        raise typer.Exit


for command in (
    demo.demo,
    up.up,
    down.down,
    status.status,
    env.env,
    migrate.migrate,
    load.load,
    produce.produce,
    simulate.simulate,
    report.report,
    explain.explain,
):
    app.command()(command)


def main() -> None:
    """Run a command; exit 0 done, 1 the work failed, 2 wrong usage or settings."""
    try:
        app()
    except RoiError as error:
        print(f"roi: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("roi: interrupted; run the same command again", file=sys.stderr)
            sys.exit(1)
        raise
