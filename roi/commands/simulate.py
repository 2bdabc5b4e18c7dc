"""`roi simulate`: seeded, realistic traffic."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer


def simulate(
    seed: Annotated[
        str, typer.Option(help="Another one is another market and other people.")
    ] = "roi",
    days: Annotated[int, typer.Option(help="How many days.")] = 14,
    until: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The day, in UTC, at whose beginning the traffic ends; today by "
            "default.",
        ),
    ] = None,
    rate: Annotated[int, typer.Option(help="About how many ad events a day.")] = 9_000,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Where to write what is true about the traffic, as JSON; "
            "`.roi/simulated_truth.json` by default."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write NDJSON files into this folder, one a topic, instead of into "
            "Kafka; tombstones cannot be written to files and are left out."
        ),
    ] = None,
    yes_write_to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="Write to a Kafka on this host although it is not the embedded one; "
            "once for each of its hosts.",
        ),
    ] = None,
) -> None:
    """Write seeded, realistic, simulated traffic, and what is true about it.

    The same options give the same bytes; sent again, every event counts once. There
    are duplicates, late events, corrections of reports, and broken messages in it.
    """
    from roi import settings
    from roi.guard import require_consent
    from roi.simulator import Config, generate, sinks
    from roi.simulator.summary import summary, write_truth

    last = until.date() if until else dt.datetime.now(dt.UTC).date()
    simulation = generate(Config(seed=seed, days=days, until=last, rate=rate))
    truth_file = truth or settings.project().state_dir / "simulated_truth.json"
    if out is not None:
        target = str(out)
        sink = sinks.into_files(out)
    else:
        kafka = settings.kafka()
        require_consent([kafka], yes_write_to or [])
        target = f"Kafka at {kafka}"
        sink = sinks.into_kafka(kafka)
    print(f"SIMULATED traffic: {days} days to {last}, seed {seed}, into {target}")
    sinks.drain(simulation, sink)
    write_truth(simulation.truth, truth_file)
    for line in summary(simulation.truth):
        print(line)
    print(f"what is true about it: {truth_file}")
