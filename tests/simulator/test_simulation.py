"""The same options give the same bytes, and days do not depend on the run."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import pytest

from roi.errors import UsageError
from roi.simulator import Config, Message, Simulation, generate

SMALL = Config(until=dt.date(2026, 11, 20), days=3, rate=600)


def digest(simulation: Simulation) -> str:
    return hashlib.sha256(repr(list(simulation)).encode()).hexdigest()


def values(config: Config) -> set[tuple[str, bytes | None]]:
    return {(each.topic, each.value) for each in generate(config)}


def test_the_same_options_give_the_same_bytes() -> None:
    assert digest(generate(SMALL)) == digest(generate(SMALL))


def test_another_seed_gives_other_events() -> None:
    other = replace(SMALL, seed="another")
    shared = {value for value in values(SMALL) & values(other) if value[1]}
    assert shared <= {
        ("user_registrations", b"null,"),
        ("ad_events", b"GET / HTTP/1.1"),
    }


def test_a_longer_run_sends_the_same_and_more() -> None:
    earlier = replace(SMALL, until=SMALL.until - dt.timedelta(days=1), days=2)
    assert values(earlier) < values(SMALL)
    assert values(replace(SMALL, days=1)) < values(SMALL)


def test_the_bytes_of_a_seed_never_change() -> None:
    """A change of the generator changes every figure that was made with a seed."""
    messages = list(generate(replace(SMALL, days=1)))
    joined = b"\n".join(message.value or b"" for message in messages)
    assert hashlib.sha256(joined).hexdigest()[:16] == "d90da5d14b37192a"


def test_messages_come_in_order_of_arrival_and_within_the_time() -> None:
    arrivals = [message.arrives_at for message in generate(SMALL)]
    assert arrivals == sorted(arrivals)
    assert SMALL.start <= arrivals[0] <= arrivals[-1] <= SMALL.horizon


def test_the_truth_is_known_after_the_last_message() -> None:
    simulation = generate(replace(SMALL, days=1, rate=100))
    next(iter(simulation))
    with pytest.raises(RuntimeError):
        _ = simulation.truth
    rest: list[Message] = list(simulation)
    assert simulation.truth.messages.keys() >= {message.topic for message in rest}


def test_traffic_is_about_as_much_as_asked_for() -> None:
    simulation = generate(replace(SMALL, days=7, rate=2_000))
    events = sum(message.topic == "ad_events" for message in simulation)
    assert events / 7 == pytest.approx(2_000, rel=0.15)


@pytest.mark.parametrize(
    "change",
    [{"days": 0}, {"days": 4_000}, {"rate": 0}, {"until": dt.date(1970, 1, 5)}],
)
def test_impossible_options_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        replace(SMALL, **change)  # type: ignore[arg-type]
