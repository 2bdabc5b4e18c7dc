"""The whole path in one command: traffic, Kafka, loader, Postgres, dbt, report."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from collector import backfill
from collector.files import SUFFIXES, SourceFile
from loader.batch import Batch
from loader.service import Ends, Loader
from loader.warehouse import Warehouse
from roi import logs, settings, transform
from roi.commands.load import connect, stop_on_signals
from roi.errors import InputError, RoiError, UsageError
from roi.progress import ProgressBars
from roi.settings import TOPICS, Kafka, LoaderSettings, Postgres

RULES = "attribution_rules.csv"
RULE_COLUMNS = (
    "platform",
    "ad_type",
    "event_type",
    "lookback_hours",
    "priority",
    "valid_from",
    "valid_to",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """The days that a demo is about, in the reporting time zone."""

    first: dt.date
    last: dt.date


def files_by_topic(folder: Path) -> Mapping[str, list[SourceFile]]:
    """The files of a folder that are named after topics, checked.

    Raises:
        UsageError: there is no such folder, or no such file in it.
        FileError: a file has not the fields of its topic.
    """
    if not folder.is_dir():
        raise UsageError(f"--data {folder}: no such folder")
    found = {
        topic: [
            SourceFile.of(path)
            for path in sorted(folder.iterdir())
            if path.name.split(".")[0] == topic
            and SUFFIXES.keys() & {suffix.lower() for suffix in path.suffixes}
        ]
        for topic in TOPICS
    }
    found = {topic: sources for topic, sources in found.items() if sources}
    if not found:
        raise UsageError(
            f"--data {folder}: no file there is named after a topic, like "
            f"{TOPICS[0]}.csv; topics are {', '.join(TOPICS)}, suffixes "
            f"{', '.join(SUFFIXES)}"
        )
    for topic, sources in found.items():
        backfill.check(topic, sources)
    return found


def seeds_with_rules(rules: Path, state_dir: Path) -> Path:
    """A folder of seeds like that of the settings, with other attribution rules.

    Raises:
        UsageError: there is no such file.
        InputError: it is not a table of rules.
    """
    if not rules.is_file():
        raise UsageError(f"--rules {rules}: no such file")
    try:
        with rules.open(newline="", encoding="utf-8-sig") as file:
            header = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"--rules {rules}: cannot be read as CSV: {error}") from error
    if missing := [column for column in RULE_COLUMNS if column not in header]:
        raise InputError(
            f"--rules {rules}: the header lacks {', '.join(missing)}; it needs "
            f"{','.join(RULE_COLUMNS)}"
        )
    folder = state_dir / "seeds"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(settings.project().seeds, folder)
    shutil.copyfile(rules, folder / RULES)
    return folder


def send_files(kafka: Kafka, files: Mapping[str, list[SourceFile]]) -> None:
    """Send the files' events into their topics."""
    for topic, sources in files.items():
        with ProgressBars("messages") as progress:
            for sent in backfill.send(
                kafka, topic, sources, lambda source: progress.bar(source.path.name)
            ):
                progress.say(f"  {sent.path.name}: {sent.messages:,} messages")


def load(postgres: Postgres, kafka: Kafka) -> None:
    """Load what the topics hold.

    Raises:
        RoiError: the loader cannot go on.
        KeyboardInterrupt: it was told to stop; what is committed stays.
    """
    loader_settings = settings.read(LoaderSettings)
    logs.configure(loader_settings.log_format, quiet=True)
    with ProgressBars("messages") as progress, stop_on_signals() as stop:
        show = progress.bar("  loading")
        loaded = rejected = expected = 0

        def expect(ends: Ends) -> None:
            nonlocal expected
            with _connection(postgres) as connection:
                known: dict[str, int] = dict(
                    connection.execute(
                        "select kafka_topic || '/' || kafka_partition, next_offset "
                        "from raw.kafka_offsets"
                    ).fetchall()
                )
            expected = sum(
                end - known.get(f"{partition.topic}/{partition.partition}", 0)
                for partition, end in ends.items()
            )

        def count(batch: Batch) -> None:
            nonlocal loaded, rejected
            loaded += batch.row_count - len(batch.rejects)
            rejected += len(batch.rejects)
            done = loaded + rejected
            show(done, min(1.0, done / expected) if expected else 1.0)

        done = Loader(
            kafka=kafka,
            warehouse=Warehouse(lambda: connect(postgres)),
            settings=loader_settings,
            log=logs.logger("loader"),
            stop=stop,
            once=True,
            on_commit=count,
            on_ends=expect,
        ).run()
        if not done:
            raise KeyboardInterrupt
        progress.say(f"  {loaded:,} rows in raw, {rejected:,} rejected with a reason")


def build(postgres: Postgres, seeds: Path | None) -> None:
    """Run `dbt build`."""
    with ProgressBars("steps") as progress:
        show = progress.bar("  dbt build")
        steps = 0

        def count(done: int, share: float) -> None:
            nonlocal steps
            steps = max(steps, done)
            show(done, share)

        transform.build(postgres, seeds=seeds, report=count)
        progress.say(f"  {steps} seeds, models and tests built and passed")


def positions(postgres: Postgres) -> dict[tuple[str, int], int]:
    """The `load_seq` of every partition."""
    with _connection(postgres) as connection:
        return {
            (topic, partition): load_seq
            for topic, partition, load_seq in connection.execute(
                "select kafka_topic, kafka_partition, load_seq from raw.kafka_offsets"
            )
        }


def days_loaded_since(
    postgres: Postgres, before: Mapping[tuple[str, int], int]
) -> Days | None:
    """The days of what was loaded after some positions; None for nothing."""
    zone = settings.project().dbt_vars.get("reporting_timezone", "UTC")
    moments = {
        "ad_events": "event_time",
        "user_registrations": "event_time",
        "ad_spend": "period_start",
    }
    first = last = None
    with _connection(postgres) as connection:
        for topic, moment in moments.items():
            known = {
                partition: load_seq
                for (name, partition), load_seq in before.items()
                if name == topic
            }
            row = connection.execute(
                f"select (min({moment}) at time zone %(zone)s)::date, "
                f"(max({moment}) at time zone %(zone)s)::date from raw.{topic} as raw "
                "left join unnest(%(partitions)s::integer[], %(seqs)s::bigint[]) "
                "as known (kafka_partition, load_seq) using (kafka_partition) "
                "where raw.load_seq > coalesce(known.load_seq, 0)".encode(),
                {
                    "zone": zone,
                    "partitions": list(known),
                    "seqs": list(known.values()),
                },
            ).fetchone()
            if row and row[0]:
                first = min(first or row[0], row[0])
                last = max(last or row[1], row[1])
    return Days(first=first, last=last) if first and last else None


def _connection(postgres: Postgres) -> psycopg.Connection:
    try:
        return psycopg.connect(**postgres.connection_parameters(), connect_timeout=5)
    except psycopg.OperationalError as error:
        raise RoiError(
            f"Postgres at {postgres} does not answer: {' '.join(str(error).split())}"
        ) from error
