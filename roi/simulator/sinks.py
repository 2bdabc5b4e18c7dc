"""Where simulated messages go: into Kafka, or into files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from roi.errors import UsageError
from roi.progress import ProgressBars
from roi.settings import TOPICS, Kafka
from roi.simulator.simulation import Simulation
from roi.simulator.wire import Message

REPORT_EVERY = 1_000

Sink = AbstractContextManager[Callable[[Message], None]]
"""Takes messages; when it is left without an error, all of them are there."""


@contextmanager
def into_kafka(kafka: Kafka) -> Iterator[Callable[[Message], None]]:
    """Messages become messages of the topics, stamped with the time of sending.

    Raises:
        ServiceUnavailable: Kafka does not answer.
        DeliveryError: a topic is missing, or Kafka did not take everything.
    """
    from collector.producer import Producer

    with Producer(kafka) as producer:
        producer.require_topics(TOPICS)
        send = producer.send

        def take(message: Message) -> None:
            _, topic, key, value = message
            send(topic, key, value)

        yield take


@contextmanager
def into_files(folder: Path) -> Iterator[Callable[[Message], None]]:
    """Messages become lines of `<topic>.ndjson`, byte for byte.

    A tombstone has no bytes and is left out; other broken messages are lines that
    are broken in their own way.

    Raises:
        UsageError: the folder cannot be written to.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files = {
                topic: stack.enter_context((folder / f"{topic}.ndjson").open("wb"))
                for topic in TOPICS
            }
        except OSError as error:
            raise UsageError(f"--out {folder}: {error.strerror}") from error

        def take(message: Message) -> None:
            if message.value is not None:
                files[message.topic].write(message.value + b"\n")

        yield take


def drain(simulation: Simulation, sink: Sink) -> None:
    """Send a whole simulation, with a progress bar on a terminal.

    Args:
        simulation: The messages; afterwards its truth is known.
        sink: Where they go.
    """
    config = simulation.config
    length = config.horizon - config.start
    with ProgressBars("messages") as progress, sink as take:
        report = progress.bar("simulated traffic")
        for number, message in enumerate(simulation):
            if not number % REPORT_EVERY:
                report(number, (message.arrives_at - config.start) / length)
            take(message)
