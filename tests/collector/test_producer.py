"""What is sent arrives, or the command fails."""

from __future__ import annotations

import gc
import gzip
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector import backfill, producer
from collector.errors import DeliveryError
from collector.files import SourceFile
from collector.producer import Producer
from roi.errors import InputError, ServiceUnavailable
from roi.settings import Embedded, Kafka

Watch = Callable[[str], Any]


def quiet(source: SourceFile) -> backfill.Report:
    return lambda sent, share: None


def produce(services: Embedded, topic: str, *paths: Path) -> list[int]:
    sources = [SourceFile.of(path) for path in paths]
    sent = backfill.send(services.kafka, topic, sources, quiet)
    return [each.messages for each in sent]


@pytest.mark.services
def test_files_arrive_exactly(
    services: Embedded, arriving: Watch, tmp_path: Path
) -> None:
    lines = [b'{"device_id":"d%d","n":%d.0}' % (n % 7, n) for n in range(5_000)]
    first, second = tmp_path / "a.ndjson", tmp_path / "b.ndjson.gz"
    first.write_bytes(b"\n".join(lines[:3_000]) + b"\n\n")
    second.write_bytes(gzip.compress(b"\r\n".join([*lines[3_000:], b"no json"])))
    with arriving("ad_events") as arrived:
        assert produce(services, "ad_events", first, second) == [3_000, 2_001]
    assert sorted(value for _, value in arrived) == sorted([*lines, b"no json"])
    for key in {key for key, _ in arrived if key}:
        mine = [value for owner, value in arrived if owner == key]
        assert mine == [line for line in lines if b'"%s"' % key in line]


@pytest.mark.services
def test_what_precedes_a_damaged_line_is_sent_and_said(
    services: Embedded, arriving: Watch, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    header = "event_id,event_time,user_id,device_id"
    path.write_text(f"{header}\n" + "e,t,u,d\n" * 3 + "e,t\n")
    with (
        arriving("user_registrations") as arrived,
        pytest.raises(InputError, match=r"line 5: 2 cells .*the 3 messages before it"),
    ):
        produce(services, "user_registrations", path)
    assert len(arrived) == 3


@pytest.mark.services
def test_nothing_is_sent_when_one_file_is_unusable(
    services: Embedded, arriving: Watch, tmp_path: Path
) -> None:
    good, bad = tmp_path / "a.ndjson", tmp_path / "b.parquet"
    good.write_text('{"device_id":"a"}\n')
    bad.write_text("no parquet")
    with (
        arriving("ad_events") as arrived,
        pytest.raises(InputError, match=r"b\.parquet"),
    ):
        produce(services, "ad_events", good, bad)
    assert arrived == []


@pytest.mark.services
def test_tombstones_and_messages_without_key_arrive(
    services: Embedded, arriving: Watch
) -> None:
    with arriving("ad_events") as arrived, Producer(services.kafka) as sender:
        sender.send("ad_events", b"k", None)
        sender.send("ad_events", None, b"v")
        sender.flush()
        assert sender.acknowledged == 2
    assert sorted(arrived, key=str) == [(None, b"v"), (b"k", None)]


@pytest.mark.services
def test_sending_waits_while_too_much_is_under_way(
    services: Embedded, arriving: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer, "MAX_UNACKNOWLEDGED_BYTES", 2_000)
    with arriving("ad_events") as arrived, Producer(services.kafka) as sender:
        for number in range(500):
            sender.send("ad_events", b"k%d" % (number % 5), b"x" * 200)
            assert number - sender.acknowledged < 12
    assert len(arrived) == 500


@pytest.mark.services
def test_a_message_too_large_for_the_topic_fails_the_command(
    services: Embedded, arriving: Watch
) -> None:
    def send_all() -> None:
        with Producer(services.kafka) as sender:
            sender.send("ad_events", b"k", b"small")
            sender.flush()
            sender.send("ad_events", b"k", os.urandom(3_000_000))

    with (
        arriving("ad_events") as arrived,
        pytest.raises(DeliveryError, match=r"1 of 2 messages.*max\.message\.bytes"),
    ):
        send_all()
    assert arrived == [(b"k", b"small")]


@pytest.mark.services
def test_a_topic_that_is_not_there_is_not_created(services: Embedded) -> None:
    with (
        pytest.raises(DeliveryError, match="has no topic not_there"),
        Producer(services.kafka) as sender,
    ):
        sender.require_topics(["ad_events", "not_there"])


# kafka-python leaves a socket open at every refused attempt to connect.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("listens", [False, True])
def test_a_broker_that_does_not_answer_is_said_in_time(listens: bool) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listens:
            server.listen()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        kafka = Kafka(
            bootstrap_servers=(address,), client={"bootstrap_servers": [address]}
        )
        begun = time.monotonic()
        with (
            pytest.raises(ServiceUnavailable, match=f"{address} does not answer"),
            Producer(kafka, connect_seconds=2),
        ):
            pass
        assert time.monotonic() - begun < 10
    gc.collect()
