"""The way into Kafka: nothing is lost silently, and memory is bounded."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError
from kafka.net.compat import KafkaNetClient
from kafka.partitioner import StickyPartitioner, murmur2

from collector.errors import DeliveryError
from roi.errors import ServiceUnavailable, SettingsError
from roi.settings import Kafka

# The client's log repeats what is raised here; it is there for whoever asks for it.
logging.getLogger("kafka").addHandler(logging.NullHandler())

MAX_MESSAGE_BYTES = 33_554_432
"""What this side lets through; what the topic takes is for the broker to say."""

BATCH_BYTES = 262_144
LINGER_MS = 50
MAX_UNACKNOWLEDGED_BYTES = 33_554_432
"""`send` waits while more than this is under way: kafka-python's own buffer has no
bound."""

_hash = lru_cache(maxsize=131_072)(murmur2)


class _Partitioner(StickyPartitioner):  # type: ignore[misc]
    """Kafka's default partitioning; the hash, in Python, is remembered."""

    def partition(
        self,
        topic: str,
        key: Any,
        serialized_key: bytes | None,
        value: Any,
        serialized_value: bytes | None,
        cluster: Any,
    ) -> int:
        if serialized_key is None:
            chosen: int = super().partition(
                topic, key, serialized_key, value, serialized_value, cluster
            )
            return chosen
        partitions = cluster.partitions_for_topic(topic)
        index = (_hash(serialized_key) & 0x7FFFFFFF) % len(partitions)
        return int(sorted(partitions)[index])


class Producer:
    """Sends messages, and knows that each has been acknowledged by every replica.

    A context manager for one thread. Retries of the client make no duplicates
    (idempotence). Leaving it without an error waits for every acknowledgement.

    Raises:
        ServiceUnavailable: Kafka does not answer within `connect_seconds`.
        SettingsError: Kafka refuses the credentials or the settings.
        DeliveryError: a message was not acknowledged; raised by the next `send`, or
            by `flush`.
    """

    def __init__(
        self,
        kafka: Kafka,
        *,
        connect_seconds: float = 10.0,
        delivery_seconds: float = 60.0,
    ) -> None:
        self._kafka = kafka
        self._connect_seconds = connect_seconds
        self._delivery_seconds = delivery_seconds
        self._client: Any = None
        self._state = threading.Condition()
        self._sent = 0
        self._acknowledged = 0
        self._bytes_under_way = 0
        self._failure: BaseException | None = None

    def __enter__(self) -> Producer:
        self._client = self._connect(
            KafkaProducer,
            acks="all",
            allow_auto_create_topics=False,
            enable_idempotence=True,
            compression_type="lz4",
            batch_size=BATCH_BYTES,
            linger_ms=LINGER_MS,
            max_request_size=MAX_MESSAGE_BYTES,
            max_block_ms=_milliseconds(self._connect_seconds),
            request_timeout_ms=_milliseconds(min(15.0, self._delivery_seconds / 2)),
            delivery_timeout_ms=_milliseconds(self._delivery_seconds),
            partitioner=_Partitioner(),
            metrics_enabled=False,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            self._close()

    @property
    def acknowledged(self) -> int:
        """How many messages Kafka has acknowledged so far."""
        return self._acknowledged

    def require_topics(self, topics: Iterable[str]) -> None:
        """Check that topics exist; none is created.

        Raises:
            DeliveryError: one of them does not.
        """
        admin = self._connect(KafkaAdminClient)
        try:
            missing = sorted(set(topics) - set(admin.list_topics()))
        except KafkaError as error:
            raise ServiceUnavailable(
                f"Kafka at {self._kafka} does not list its topics: {_said(error)}"
            ) from error
        finally:
            admin.close()
        if missing:
            raise DeliveryError(
                f"Kafka at {self._kafka} has no topic {', '.join(missing)}: create it, "
                "or correct KAFKA_BOOTSTRAP_SERVERS"
            )

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        timestamp_ms: int | None = None,
    ) -> None:
        """Hand one message over; it is on its way when this returns.

        Args:
            topic: An existing topic.
            key: Orders the messages that have the same one; None for no order.
            value: The message; None for a tombstone, which needs a key.
            timestamp_ms: Kafka's timestamp; now by default.

        Raises:
            DeliveryError: this or an earlier message cannot be delivered.
        """
        size = len(key or b"") + len(value or b"")
        with self._state:
            if self._bytes_under_way > MAX_UNACKNOWLEDGED_BYTES:
                self._state.wait_for(
                    lambda: (
                        self._bytes_under_way <= MAX_UNACKNOWLEDGED_BYTES // 2
                        or self._failure is not None
                    )
                )
            if self._failure is not None:
                raise self._delivery_error(self._failure)
            self._bytes_under_way += size
            self._sent += 1
        try:
            future = self._client.send(
                topic, key=key, value=value, timestamp_ms=timestamp_ms
            )
        except (KafkaError, ValueError) as error:
            self._fail(error)
            raise self._delivery_error(error) from error
        future.add_callback(self._acknowledge)
        future.add_errback(self._fail)

    def flush(self) -> None:
        """Wait until everything sent so far has been acknowledged.

        Raises:
            DeliveryError: something has not been.
        """
        try:
            self._client.flush(timeout=self._delivery_seconds + 10)
        except KafkaTimeoutError as error:
            self._fail(error)
        with self._state:
            # The client wakes the waiting before it calls back for each message.
            self._state.wait_for(
                lambda: self._acknowledged == self._sent or self._failure is not None,
                timeout=10,
            )
            if self._failure is not None:
                raise self._delivery_error(self._failure) from self._failure
            if self._acknowledged != self._sent:
                raise self._delivery_error(None)

    def _acknowledge(self, metadata: Any) -> None:
        with self._state:
            self._acknowledged += 1
            self._bytes_under_way -= max(metadata.serialized_key_size, 0) + max(
                metadata.serialized_value_size, 0
            )
            if (
                self._acknowledged == self._sent
                or self._bytes_under_way <= MAX_UNACKNOWLEDGED_BYTES // 2
            ):
                self._state.notify()

    def _fail(self, error: BaseException) -> None:
        with self._state:
            self._failure = self._failure or error
            self._state.notify()

    def _delivery_error(self, error: BaseException | None) -> DeliveryError:
        if isinstance(error, MessageSizeTooLargeError):
            reason = "a message is larger than the topic's max.message.bytes allows"
        elif isinstance(error, KafkaTimeoutError) or error is None:
            reason = f"no answer within {self._delivery_seconds:g} s"
        else:
            reason = _said(error)
        return DeliveryError(
            f"Kafka at {self._kafka} did not acknowledge everything "
            f"({self._acknowledged:,} of {self._sent:,} messages): {reason}"
        )

    def _connect(self, kind: Any, **options: Any) -> Any:
        opened: list[Any] = []

        def network(**configs: Any) -> Any:
            opened.append(KafkaNetClient(**configs))
            return opened[-1]

        try:
            return kind(
                **self._kafka.client,
                bootstrap_timeout_ms=_milliseconds(self._connect_seconds),
                kafka_client=network,
                **options,
            )
        except KafkaTimeoutError as error:
            _abandon(opened)
            raise ServiceUnavailable(
                f"Kafka at {self._kafka} does not answer: start it (`roi up` for the "
                "embedded one) or correct KAFKA_BOOTSTRAP_SERVERS"
            ) from error
        except (KafkaError, OSError, ValueError) as error:
            _abandon(opened)
            raise SettingsError(
                f"Kafka at {self._kafka} cannot be used with the KAFKA_ settings: "
                f"{_said(error)}"
            ) from error

    def _close(self) -> None:
        client, self._client = self._client, None
        # Nothing is under way any more, or an error is on its way up already: what
        # does not go out in this second counts as not acknowledged.
        try:
            client.close(timeout=1)
        except KafkaTimeoutError:
            # The client has no public way to give up what it holds; without it its
            # thread goes on, and it complains when the interpreter ends.
            client._sender.force_close()
            client._sender.join(timeout=2)
            with suppress(KafkaTimeoutError):
                client.close(timeout=0)


def _abandon(opened: list[Any]) -> None:
    """Close the sockets of a client that did not come to be, and leaves them open."""
    for client in opened:
        with suppress(KafkaError, OSError):
            client.close()


def _milliseconds(seconds: float) -> int:
    """A duration as the client needs it: a float ends its thread without a word."""
    return round(seconds * 1000)


def _said(error: BaseException) -> str:
    """An error of the client as part of a line."""
    return " ".join(str(error).split()) or type(error).__name__
