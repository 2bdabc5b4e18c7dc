"""One simulation, made once: fourteen days that end on 2026-11-20."""

from __future__ import annotations

import datetime as dt

import pytest

from roi.simulator import Config, Message, Truth, generate


@pytest.fixture(scope="session")
def simulated() -> tuple[list[Message], Truth]:
    simulation = generate(Config(until=dt.date(2026, 11, 20), rate=4_000))
    messages = list(simulation)
    return messages, simulation.truth
