"""Files are read exactly, or refused in one line that names file and line."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collector.errors import FileError
from collector.events import FORMS
from collector.files import Format, Message, SourceFile
from roi.errors import UsageError

EVENT = "event_id,event_time,device_id,platform"


def read(path: Path, topic: str, file_format: Format | None = None) -> list[Message]:
    reader = SourceFile.of(path, file_format).reader(FORMS[topic])
    reader.check()
    messages = list(reader.messages())
    assert reader.progress == pytest.approx(1.0)
    return messages


def write(path: Path, content: str | bytes) -> Path:
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl", "a.json", "a.ndjson.gz"])
def test_ndjson_lines_are_kept_byte_for_byte(tmp_path: Path, name: str) -> None:
    content = (
        b'{"device_id": "d\xc3\xa9", "amount": 1.000000000000000005}\r\n'
        b"\n   \n"
        b'{"device_id":"a","device_id":"b"}\n'
        b"no json\n"
        b'{"device_id": 7}\n'
        b'\xff\xfe\n{"device_id":null}'
    )
    assert read(write(tmp_path / name, content), "ad_events") == [
        ("dé".encode(), b'{"device_id": "d\xc3\xa9", "amount": 1.000000000000000005}'),
        (b"b", b'{"device_id":"a","device_id":"b"}'),
        (None, b"no json"),
        (None, b'{"device_id": 7}'),
        (None, b"\xff\xfe"),
        (None, b'{"device_id":null}'),
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_csv_cells_keep_their_text(tmp_path: Path, name: str) -> None:
    content = (
        "\ufeffplatform, period_start,period_end,amount,currency,reported_at,"
        "impressions,clicks,note\r\n"
        'F,2026-11-01T00:00:00Z,e,1.10,USD,r,9007199254740993,many,"a ""b"",\nc"\r\n'
        "\r\n"
        "G,s,e,NaN,USD,r,,1e3,007\r\n"
    )
    assert read(write(tmp_path / name, content), "ad_spend") == [
        (
            b"F",
            b'{"platform":"F","period_start":"2026-11-01T00:00:00Z","period_end":"e",'
            b'"amount":"1.10","currency":"USD","reported_at":"r",'
            b'"impressions":9007199254740993,"clicks":"many","note":"a \\"b\\",\\nc"}',
        ),
        (
            b"G",
            b'{"platform":"G","period_start":"s","period_end":"e","amount":"NaN",'
            b'"currency":"USD","reported_at":"r","clicks":1e3,"note":"007"}',
        ),
    ]


def test_parquet_values_are_exact(tmp_path: Path) -> None:
    at = dt.datetime(2026, 11, 1, 12, 30, 0, 5, tzinfo=dt.UTC)
    zone = pa.timestamp("us", tz="Asia/Kolkata")
    table = pa.table(
        {
            "platform": pa.array(["F", "G"]).dictionary_encode(),
            "account_id": pa.array([12, None]),
            "period_start": pa.array([at, at], zone),
            "period_end": pa.array(
                [1_793_536_200_000_000_001, 1_793_536_200_000_000_000],
                pa.timestamp("ns", tz="UTC"),
            ),
            "amount": pa.array(
                [Decimal("0.100"), Decimal("1E+3")], pa.decimal128(9, 3)
            ),
            "currency": pa.array(["USD", "USD"]),
            "reported_at": pa.array(["r", "r"]),
            "impressions": pa.array([2**62, None]),
            "score": pa.array([0.1, float("nan")]),
            "narrow": pa.array([0.1, 3.0], pa.float32()),
            "flag": pa.array([True, None]),
            "day": pa.array([dt.date(2026, 11, 1), None]),
            "exact": pa.array([Decimal("1.50"), None]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", "ad_spend") == [
        (
            b"F",
            b'{"platform":"F","account_id":"12",'
            b'"period_start":"2026-11-01T12:30:00.000005Z",'
            b'"period_end":"2026-11-01T12:30:00.000000001Z","amount":"0.100",'
            b'"currency":"USD","reported_at":"r","impressions":4611686018427387904,'
            b'"score":0.1,"narrow":0.1,"flag":true,"day":"2026-11-01","exact":1.50}',
        ),
        (
            b"G",
            b'{"platform":"G","period_start":"2026-11-01T12:30:00.000005Z",'
            b'"period_end":"2026-11-01T12:30:00.000000Z","amount":"1000.000",'
            b'"currency":"USD","reported_at":"r","score":"nan","narrow":3}',
        ),
    ]


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.date32()])
def test_a_parquet_time_without_a_zone_is_refused(tmp_path: Path, kind: Any) -> None:
    columns = {name: pa.array(["x"]) for name in EVENT.split(",")}
    columns["event_time"] = pa.array([0]).cast(pa.int32()).cast(pa.date32()).cast(kind)
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(FileError, match=r"a\.parquet: column event_time .* zone"):
        read(tmp_path / "a.parquet", "ad_events")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", "", r"line 1: no header row"),
        ("a.csv", "1,2,3,4\n", r"line 1: no column event_id, event_time"),
        ("a.csv", f"{EVENT},platform\n", r"line 1: column platform comes twice"),
        ("a.csv", f"{EVENT},\n", r"line 1: column 5 has no name"),
        ("a.csv", f"{EVENT}\n1,2,3,4\n1,2,3\n", r"line 3: 3 cells .* has 4"),
        ("a.csv", f"{EVENT}\n1,2,3,4,5\n", r"line 2: 5 cells"),
        ("a.csv", f'{EVENT}\n1,2,3,"4\n', r"line 2: malformed CSV"),
        ("a.csv", EVENT.encode() + b"\n1,2,\xff,4\n", r"line \d+: not UTF-8"),
        ("a.parquet", b"PAR1 and so on", r"no readable Parquet file"),
        ("a.parquet", b"", r"no readable Parquet file"),
    ],
)
def test_a_damaged_file_is_refused(
    tmp_path: Path, name: str, content: str | bytes, problem: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(FileError, match=problem) as caught:
        read(path, "ad_events")
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.csv.gz"])
@pytest.mark.parametrize("cut", [5, -20])
def test_a_damaged_gzip_file_is_refused(tmp_path: Path, name: str, cut: int) -> None:
    path = write(tmp_path / name, f"{EVENT}\n" + "1,2,3,4\n" * 5_000)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FileError, match="damaged gzip file"):
        read(path, "ad_events")


def test_a_file_that_is_not_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(b'{"device_id":"a"}\n')
    with pytest.raises(FileError, match="damaged gzip file"):
        read(path, "ad_events")


def test_a_line_without_end_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.ndjson.MAX_LINE_BYTES", 100)
    path = write(tmp_path / "a.ndjson", b"{}\n" + b"x" * 1_000)
    with pytest.raises(FileError, match="line 2: longer than 100 bytes"):
        read(path, "ad_events")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("absent.csv", "no such file"),
        ("folder", "not a file"),
        ("a.txt", "--format"),
        ("a.parquet.gz", "gunzip"),
    ],
)
def test_a_path_that_names_no_known_file_is_wrong_usage(
    tmp_path: Path, name: str, problem: str
) -> None:
    (tmp_path / "folder").mkdir()
    for made in ("a.txt", "a.parquet.gz"):
        (tmp_path / made).write_bytes(b"")
    with pytest.raises(UsageError, match=problem):
        SourceFile.of(tmp_path / name)


def test_the_format_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", '{"device_id":"a"}\n')
    assert read(path, "ad_events", "ndjson") == [(b"a", b'{"device_id":"a"}')]
