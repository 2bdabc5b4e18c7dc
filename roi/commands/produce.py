"""`roi produce`: back-fill a topic from files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class FileFormat(StrEnum):
    """What `--format` takes."""

    ndjson = "ndjson"
    csv = "csv"
    parquet = "parquet"


def produce(
    topic: Annotated[
        str,
        typer.Argument(
            help="`ad_events`, `user_registrations`, `ad_spend` or `revenue_events`."
        ),
    ],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="NDJSON (.ndjson, .jsonl, .json), CSV (.csv) or Parquet (.parquet); "
            "the first two also with .gz.",
        ),
    ],
    file_format: Annotated[
        FileFormat | None,
        typer.Option("--format", help="What the files are, whatever their suffix."),
    ] = None,
) -> None:
    """Back-fill a topic from files.

    Columns (or JSON fields) are the fields of the topic's events; other columns are
    kept as well. A line of NDJSON is sent byte for byte. In CSV an empty cell is an
    absent field. Sending a file again does no harm: every event counts once.
    """
    from collector import backfill
    from collector.files import SourceFile
    from roi import settings
    from roi.errors import UsageError
    from roi.progress import ProgressBars

    if topic not in settings.TOPICS:
        raise UsageError(
            f"{topic} is no topic of the product: use {', '.join(settings.TOPICS)}"
        )
    sources = [
        SourceFile.of(path, file_format.value if file_format else None)
        for path in files
    ]
    backfill.check(topic, sources)
    kafka = settings.kafka()
    total = 0
    with ProgressBars("messages") as progress:
        for sent in backfill.send(
            kafka, topic, sources, lambda source: progress.bar(source.path.name)
        ):
            total += sent.messages
            progress.say(f"{sent.path}: {sent.messages:,} messages acknowledged")
        if len(files) > 1:
            progress.say(f"{topic}: {total:,} messages of {len(files)} files")
