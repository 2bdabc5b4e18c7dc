"""The parts that need no running service."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from roi import profiles
from roi.embedded import jars, ports, processes
from roi.errors import ServiceUnavailable
from roi.settings import Embedded, TopicSettings
from roi.status import Log, Position, Service, Status
from roi.topics import for_one_broker

EMBEDDED = Embedded(postgres_port=25432, kafka_port=29092)


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as other:
        other.bind((Embedded.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        assert ports.next_free(port) > port


def test_the_last_trouble_of_a_log_is_found(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("INFO fine\nERROR disk full\nINFO shutting down\n")
    assert processes.last_words(log) == "ERROR disk full"
    assert processes.last_words(tmp_path / "none") == "it left no log"


def test_a_damaged_jar_is_not_whole(tmp_path: Path) -> None:
    jar = jars.locked()[0]
    (tmp_path / jar.name).write_bytes(b"half")
    assert not jars._is_whole(tmp_path / jar.name, jar)


def test_no_network_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # nothing in ~/.m2
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setattr("jgo.constants.MAVEN_CENTRAL_URL", "https://127.0.0.1:1")
    monkeypatch.setattr(jars._obtain.retry, "sleep", lambda _: None)
    with pytest.raises(ServiceUnavailable, match="could not be downloaded"):
        jars.fetch(lambda _: None, tmp_path / "cache")


def test_profiles_are_written_with_the_port_but_never_over_a_persons(
    tmp_path: Path,
) -> None:
    target = tmp_path / "profiles.yml"
    (tmp_path / "profiles.yml.example").write_text("port: env_var('PGPORT', '15432')\n")
    assert not profiles.write(tmp_path / "another", EMBEDDED, tmp_path)
    assert profiles.write(tmp_path / ".roi", EMBEDDED, tmp_path)
    assert target.read_text() == profiles.MARK + "port: env_var('PGPORT', '25432')\n"
    assert profiles.write(tmp_path / ".roi", EMBEDDED, tmp_path)
    target.write_text("mine\n")
    assert not profiles.write(tmp_path / ".roi", EMBEDDED, tmp_path)
    assert target.read_text() == "mine\n"


def test_one_broker_keeps_everything_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = for_one_broker(TopicSettings())
    assert (settings.replication_factor, settings.retention_ms) == (1, -1)
    monkeypatch.setenv("ROI_TOPIC_RETENTION_MS", "60000")
    assert for_one_broker(TopicSettings()).retention_ms == 60_000


def test_lag_counts_what_is_there_to_load() -> None:
    from datetime import UTC, datetime

    def at(offset: int) -> Position:
        return Position(log_epoch=0, next_offset=offset, updated_at=datetime.now(UTC))

    service = Service(name="", endpoint="", embedded=True, problem=None)
    found = Status(
        postgres=service,
        kafka=service,
        logs={("t", 0): Log(start=5, end=9), ("t", 1): Log(start=5, end=9)},
        positions={("t", 0): at(7), ("gone", 0): at(3)},
        rejects=[],
        marts=None,
    )
    assert found.partitions() == [("gone", 0), ("t", 0), ("t", 1)]
    assert [found.lag(each) for each in found.partitions()] == [None, 2, 4]
