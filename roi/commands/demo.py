"""`roi demo`: the whole path in one command."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console


def demo(
    data: Annotated[
        Path | None,
        typer.Option(
            help="A folder of files in contract form, named after topics "
            "(`ad_events.csv`, …), instead of simulated traffic."
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            help="Attribution rules instead of `seeds/attribution_rules.csv`."
        ),
    ] = None,
    days: Annotated[int, typer.Option(help="How many days to simulate.")] = 14,
    yes_write_to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="Write to services on this host although they are not the embedded "
            "ones; once for each host.",
        ),
    ] = None,
) -> None:
    """Show the whole path: traffic, Kafka, loader, Postgres, dbt, daily CPA.

    Starts the embedded services and leaves them running; `roi down` stops them.
    Repeatable: what is sent again counts once.
    """
    from roi import report as reports

    console = reports.console()
    try:
        _run(console, data, rules, days, yes_write_to or [])
    except KeyboardInterrupt:
        console.print(
            "\nInterrupted. Nothing is lost: the same command goes on from here, "
            "`roi down` stops the services."
        )
        raise typer.Exit(1) from None


def _run(
    console: Console,
    data: Path | None,
    rules: Path | None,
    days: int,
    yes_write_to: list[str],
) -> None:
    from roi import demo as stages
    from roi import report as reports
    from roi import settings
    from roi.commands.steps import Steps
    from roi.embedded import services
    from roi.errors import UsageError
    from roi.guard import require_consent
    from roi.simulator import Config, generate, sinks
    from roi.simulator.summary import summary, write_truth

    project = settings.project()
    if data is not None and days != 14:
        raise UsageError("--days is for simulated traffic; it does not go with --data")
    files = stages.files_by_topic(data) if data is not None else None
    seeds = (
        stages.seeds_with_rules(rules, project.state_dir) if rules is not None else None
    )

    def stage(number: int, title: str) -> None:
        console.print(f"[bold]{number}/5  {title}[/bold]")

    stage(1, "Services")
    if settings.foreign():
        postgres, kafka = settings.both()
        require_consent([postgres, kafka], yes_write_to)
    else:
        with Steps() as step:
            embedded = services.up(project.state_dir, step)
        postgres, kafka = embedded.postgres, embedded.kafka
    console.print(f"  Postgres {postgres}, Kafka {kafka}")

    before = stages.positions(postgres)
    if files is not None:
        stage(2, f"Events of {data} into Kafka")
        stages.send_files(kafka, files)
    else:
        stage(2, "SIMULATED events into Kafka: invented people, invented money")
        simulation = generate(Config(days=days, until=dt.datetime.now(dt.UTC).date()))
        sinks.drain(simulation, sinks.into_kafka(kafka))
        truth = project.state_dir / "simulated_truth.json"
        write_truth(simulation.truth, truth)
        for line in summary(simulation.truth):
            console.print(line)
        console.print(f"  what is true about it: {truth}")

    stage(3, "Kafka into raw tables, each message exactly once")
    stages.load(postgres, kafka)

    stage(4, "Raw tables into marts: dbt build")
    stages.build(postgres, seeds)

    stage(5, "Daily CPA and ROI")
    loaded = stages.days_loaded_since(postgres, before)
    reports.write(
        reports.read(
            postgres,
            reports.Question(
                first_day=loaded.first if loaded else None,
                last_day=loaded.last if loaded else None,
            ),
        ),
        "table",
    )
    if files is None:
        console.print("This traffic is SIMULATED: invented people, invented money.")
    _say_where_next(console, seeds)


def _say_where_next(console: Console, seeds: Path | None) -> None:
    from roi.embedded.postgres import psql

    console.print("\n[bold]Where to look next[/bold] (the services go on running)")
    console.print("  . .venv/bin/activate")
    if seeds is not None:
        console.print(
            f"  export ROI_SEEDS={seeds}   the rules of this demo, for the commands "
            "below",
            soft_wrap=True,
        )
    for command, meaning in (
        ("roi report --model linear", "the same under another attribution model"),
        ("roi status", "topics, positions, lag, rejected messages"),
        (f'eval "$(roi env)"; {psql()}', "SQL: select * from marts.daily_cpa"),
        ("dbt build", "the models again, with every test"),
        ("dagster dev", "lineage, checks and schedules at http://127.0.0.1:3000"),
        ("roi down", "stop the services; their data stays in .roi/"),
    ):
        console.print(f"  {command:<46} {meaning}", soft_wrap=True)
