"""`roi produce` and `roi simulate`, as they are typed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roi.settings import Embedded

RunRoi = Callable[..., "subprocess.CompletedProcess[str]"]
ELSEWHERE = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"}


def test_wrong_usage_of_produce_is_said_in_one_line(
    run_roi: RunRoi, tmp_path: Path
) -> None:
    for arguments, problem in (
        (["no_topic", "a.csv"], "no_topic is no topic"),
        (["ad_events", str(tmp_path / "a.csv")], "no such file"),
    ):
        result = run_roi("produce", *arguments)
        assert result.returncode == 2
        assert problem in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_dead_broker_is_said_in_one_line(run_roi: RunRoi, tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_text("{}\n")
    result = run_roi("produce", "ad_events", str(file), **ELSEWHERE)
    assert result.returncode == 1
    assert "Kafka at 127.0.0.1:9 does not answer" in result.stderr
    assert result.stderr.count("\n") == 1


def test_simulated_data_is_not_written_to_a_foreign_kafka(run_roi: RunRoi) -> None:
    result = run_roi("simulate", **ELSEWHERE)
    assert result.returncode == 2
    assert "--yes-write-to 127.0.0.1" in result.stderr


def test_simulated_files_are_the_messages(run_roi: RunRoi, tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    options = ["--days", "2", "--rate", "500", "--until", "2026-11-20"]
    for folder in ("one", "two"):
        result = run_roi(
            "simulate",
            *options,
            *("--out", str(tmp_path / folder), "--truth", str(truth)),
            **ELSEWHERE,
        )
        assert result.returncode == 0, result.stderr
        assert "SIMULATED" in result.stdout
    known = json.loads(truth.read_text())
    for topic, sent in known["messages"].items():
        first, second = (
            (tmp_path / folder / f"{topic}.ndjson").read_bytes()
            for folder in ("one", "two")
        )
        assert first == second
        tombstones = known["broken"].get(topic, {}).get("tombstone", 0)
        assert first.count(b"\n") == sent - tombstones


@pytest.mark.services
def test_a_simulation_arrives_in_kafka(
    run_roi: RunRoi,
    services: Embedded,
    state_dir: Path,
    arriving: Callable[[str], Any],
) -> None:
    options = ["--days", "2", "--rate", "500", "--until", "2026-11-20"]
    with arriving("ad_events") as arrived, arriving("ad_spend") as reports:
        result = run_roi("simulate", *options, ROI_STATE_DIR=str(state_dir))
    assert result.returncode == 0, result.stderr
    known = json.loads((state_dir / "simulated_truth.json").read_text())
    assert len(arrived) == known["messages"]["ad_events"]
    assert len(reports) == known["messages"]["ad_spend"]
