"""Back-fills of a topic from files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.errors import DeliveryError, FileError
from collector.events import FORMS
from collector.files import SourceFile
from collector.producer import Producer
from roi.errors import InputError
from roi.settings import Kafka

REPORT_EVERY = 1_000

Report = Callable[[int, float], None]
"""Called with the number of messages sent of a file so far, and the share of it
that has been read, 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What became of one file."""

    path: Path
    messages: int
    """How many messages Kafka has acknowledged."""


def check(topic: str, sources: Sequence[SourceFile]) -> None:
    """See that every file opens and has the fields of the topic.

    Raises:
        FileError: one does not, or has not.
    """
    for source in sources:
        source.reader(FORMS[topic]).check()


def send(
    kafka: Kafka,
    topic: str,
    sources: Sequence[SourceFile],
    report: Callable[[SourceFile], Report],
) -> Iterator[Sent]:
    """Send the events of files, file by file.

    Yields:
        One result a file, once everything in it has been acknowledged.

    Raises:
        InputError: a file is damaged.
        DeliveryError: Kafka did not take everything.
        ServiceUnavailable: Kafka does not answer.
    """
    check(topic, sources)
    with Producer(kafka) as producer:
        producer.require_topics([topic])
        for source in sources:
            before = producer.acknowledged
            _send_file(producer, topic, source, report(source))
            yield Sent(path=source.path, messages=producer.acknowledged - before)


def _send_file(
    producer: Producer, topic: str, source: SourceFile, report: Report
) -> None:
    reader = source.reader(FORMS[topic])
    before = producer.acknowledged
    sent = 0
    try:
        for key, value in reader.messages():
            producer.send(topic, key, value)
            sent += 1
            if not sent % REPORT_EVERY:
                report(sent, reader.progress)
        producer.flush()
    except FileError as error:
        producer.flush()
        raise InputError(
            f"{error} (the {producer.acknowledged - before:,} messages before it are "
            "in Kafka; what is sent again counts once)"
        ) from error
    except DeliveryError as error:
        raise DeliveryError(f"{source.path}: {error}") from error
    report(sent, 1.0)
