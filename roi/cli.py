"""`roi`: the command line.

Commands import what they need when they run, so that `roi --help` is quick.
"""

from __future__ import annotations

import sys

import click
import typer
from rich.console import Console

from roi.errors import RoiError

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


def main() -> None:
    """Run a command; exit 0 done, 1 the work failed, 2 wrong usage or settings."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    try:
        result = app(standalone_mode=False)
    except RoiError as error:
        errors.print(f"roi: {error}")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        errors.print("roi: interrupted; nothing is lost, run the same command again")
        sys.exit(1)
    except BrokenPipeError:  # the reader (head, less) has gone
        sys.stderr.close()
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)
