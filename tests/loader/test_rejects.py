"""From real Kafka into real Postgres: what is sound arrives whole, the rest is kept.

Topics and services are those of the session, so messages are told apart by topic,
partition and offset; the database is the test's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType

from roi.settings import TOPICS, Embedded, Postgres
from tests.loader import delivery_law
from tests.loader.databases import fresh_database
from tests.loader.processes import loader_process
from tests.loader.reference_validator import (
    FIELDS,
    Verdict,
    exact_json,
    typed,
    validate,
)
from tests.loader.test_validation import EXAMPLES, MEBIBYTE, loader_verdict

pytestmark = pytest.mark.services

LARGEST_MESSAGE = 4 * MEBIBYTE
NO_OFFSET = "2026-01-31T09:30:00"

Origin = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True)
class Sent:
    topic: str
    value: bytes | None
    key: bytes | None = b"key"


@dataclass(frozen=True)
class Rejected:
    reason: str
    key: bytes | None
    value: bytes | None


def touch(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"touch-{number}",
        "event_time": "2026-01-31T09:30:00Z",
        "device_id": f"device-{number}",
        "platform": "google",
    } | fields


def report(**fields: Any) -> dict[str, Any]:
    return {
        "platform": "google",
        "period_start": "2026-01-31T00:00:00+05:30",
        "period_end": "2026-02-01T00:00:00+05:30",
        "amount": "12.50",
        "currency": "USD",
        "reported_at": "2026-02-01T03:00:00.123456Z",
    } | fields


def body(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def without(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


BROKEN = [
    ("invalid_json", Sent("ad_events", b"not JSON", b"\x00\xff\t\\N\n")),
    ("tombstone", Sent("ad_events", None, b"gone")),
    ("unstorable_text", Sent("ad_events", body(touch(1, event_id="a\0b")), None)),
    ("too_large", Sent("ad_events", body(touch(2, note="x" * 1_200_000)), b"")),
    ("missing_field", Sent("ad_events", body(without("device_id", touch(3))))),
    ("invalid_value", Sent("ad_spend", body(report(amount="NaN")))),
    ("invalid_value", Sent("ad_events", body(touch(4, event_time=NO_OFFSET)))),
]

AWKWARD_TEXTS = [
    "tab\there",
    "line\nend\r\n",
    "back\\slash",
    r"\N",
    r"\.",
    "",
    "naïve 中文 \U0001f600 \u200f\ufeff",
    "\u0001\u001f\u007f\u0085",
    "\"quoted\", 'too'",
    "x" * 900_000,
]
AWKWARD = [
    *[
        Sent("ad_events", body(touch(100 + number, note=text, **{text[:9]: [text]})))
        for number, text in enumerate(AWKWARD_TEXTS[:-1])
    ],
    Sent("ad_events", body(touch(110, note=AWKWARD_TEXTS[-1]))),
    *[
        Sent("ad_events", body(touch(120 + number, ad_id=f"a{text}b", country=text)))
        for number, text in enumerate(AWKWARD_TEXTS[:-1])
        if text.strip()
    ],
    *[
        Sent(topic, body(fields).replace(b'"AMOUNT"', amount))
        for amount in (
            *(b"1.000000000000000005", b'"999999999999999999.999999999999999999"'),
            *(b"1e-18", b"0.10", b'"1.25E+3"', b"0"),
        )
        for topic, fields in {
            "ad_spend": report(amount="AMOUNT", clicks=2**63 - 1, impressions=5),
            "revenue_events": {
                "event_id": "p-1",
                "event_time": "2026-01-31T09:30:00Z",
                "user_id": "u-1",
                "amount": "AMOUNT",
                "currency": "eur",
            },
        }.items()
    ],
    *[
        Sent("ad_events", body(touch(200 + number, event_time=time)))
        for number, time in enumerate(
            [
                "1970-01-01T00:00:00Z",
                "2099-12-31T23:59:59.999999Z",
                "2026-03-29 02:30:00.0000005+01:00",
                "2026-01-31t23:59:59.9999999-0930",
                "2024-02-29T12:00:00.123456789+23:59",
            ]
        )
    ],
]


@pytest.fixture(scope="module")
def room_for_large_messages(services: Embedded) -> Iterator[None]:
    """The broker takes messages that are larger than the loader's limit."""

    def set_limit(value: object) -> None:
        with KafkaAdminClient(**services.kafka.client) as admin:
            admin.alter_configs(
                [
                    ConfigResource(
                        ConfigResourceType.TOPIC,
                        topic,
                        configs={"max.message.bytes": value},
                    )
                    for topic in TOPICS
                ]
            )

    set_limit(str(LARGEST_MESSAGE))
    yield
    set_limit((AlterConfigOp.DELETE, None))


def send(services: Embedded, messages: Sequence[Sent]) -> dict[Origin, Sent]:
    """Send them in turn to two partitions of their topics; where each one lies."""
    producer = KafkaProducer(
        **services.kafka.client,
        max_request_size=LARGEST_MESSAGE,
        compression_type="lz4",
        linger_ms=20,
    )
    try:
        futures = [
            (
                producer.send(
                    item.topic, key=item.key, value=item.value, partition=number % 2
                ),
                item,
            )
            for number, item in enumerate(messages)
        ]
        producer.flush()
        return {
            (found.topic, found.partition, found.offset): item
            for future, item in futures
            for found in [future.get(timeout=30)]
        }
    finally:
        producer.close()


def load(services: Embedded, postgres: Postgres) -> None:
    with loader_process(
        services.kafka, postgres, "--once", LOADER_GROUP_ID="test-rejects"
    ) as process:
        _, errors = process.communicate(timeout=150)
        assert process.returncode == 0, errors


def in_database(postgres: Postgres) -> dict[Origin, dict[str, Any] | Rejected]:
    """Every row of raw as values, and every reject, by origin."""
    found: dict[Origin, dict[str, Any] | Rejected] = {}
    with psycopg.connect(**postgres.connection_parameters()) as connection:
        for topic, fields in FIELDS.items():
            names = list(fields)
            for row in connection.execute(
                f"select kafka_partition, kafka_offset, {', '.join(names)}, "
                f"properties::text from raw.{topic}".encode()
            ):
                partition, offset, *values, properties = row
                found[topic, partition, offset] = {
                    **dict(zip(names, values, strict=True)),
                    "properties": properties and exact_json(properties),
                }
        for topic, partition, offset, detail, *kept in connection.execute(
            "select kafka_topic, kafka_partition, kafka_offset, detail, reason, "
            "message_key, message_value from raw.rejected_events "
            "where redriven_at is null"
        ):
            assert detail
            found[topic, partition, offset] = Rejected(*kept)
    return found


def expected(item: Sent) -> Any:
    verdict: Verdict = validate(item.topic, item.value, MEBIBYTE)
    if isinstance(verdict, str):
        return Rejected(verdict, item.key, item.value)
    return typed(verdict)


def as_expected(found: dict[str, Any] | Rejected | None) -> Any:
    return typed(found) if isinstance(found, dict) else found


@pytest.mark.usefixtures("room_for_large_messages")
def test_seven_broken_messages_are_kept_and_everything_else_is_loaded(
    services: Embedded,
) -> None:
    good = [Sent("ad_events", body(touch(1000 + number))) for number in range(2000)]
    mixed = list(good)
    for number, (_, item) in enumerate(BROKEN):
        mixed.insert(number * 250 + 100, item)

    with fresh_database(services) as postgres:
        sent = send(services, mixed)
        load(services, postgres)
        found = in_database(postgres)
        law = delivery_law.check(services.kafka, postgres, TOPICS)

    reasons = {
        item.value: kept.reason
        for origin, item in sent.items()
        if isinstance(kept := found[origin], Rejected)
    }
    assert reasons == {item.value: reason for reason, item in BROKEN}
    for origin, item in sent.items():
        assert as_expected(found[origin]) == expected(item)
    assert law.holds, law
    assert law.messages >= len(mixed)


@pytest.mark.usefixtures("room_for_large_messages")
def test_awkward_values_arrive_exactly(services: Embedded) -> None:
    with fresh_database(services) as postgres:
        sent = send(services, AWKWARD)
        load(services, postgres)
        found = in_database(postgres)

    for origin, item in sent.items():
        assert not isinstance(found[origin], Rejected), item.value
        assert as_expected(found[origin]) == expected(item)


@pytest.mark.usefixtures("room_for_large_messages")
def test_every_example_is_in_postgres_what_the_contract_says(
    services: Embedded,
) -> None:
    # What the loader misjudges is for test_validation.py to show: here it could stop
    # the loading of its topic for the rest of the session.
    examples = [
        Sent(example.topic, example.body)
        for example in EXAMPLES
        if example.limit == MEBIBYTE
        and isinstance(loader_verdict(example.topic, example.body), str)
        == isinstance(validate(example.topic, example.body, MEBIBYTE), str)
    ]
    with fresh_database(services) as postgres:
        sent = send(services, examples)
        load(services, postgres)
        found = in_database(postgres)
        law = delivery_law.check(services.kafka, postgres, TOPICS)

    wrong = {
        origin: item.value
        for origin, item in sent.items()
        if as_expected(found[origin]) != expected(item)
    }
    assert not wrong
    assert len(sent) > 300
    assert law.holds, law


def test_the_comparison_finds_a_value_that_changed_on_its_way() -> None:
    item = Sent("ad_spend", body(report(amount="1.000000000000000005")))
    row = validate(item.topic, item.value, MEBIBYTE)
    assert isinstance(row, dict)

    as_double = row | {"amount": type(row["amount"])(float(row["amount"]))}

    assert as_expected(row) == expected(item)
    assert as_expected(as_double) != expected(item)
    assert as_expected(None) != expected(item)
    assert as_expected(Rejected("tombstone", b"key", None)) != expected(item)
