"""Seeded, realistic traffic whose truth is known.

    simulation = generate(Config(until=date(2026, 11, 20)))
    for message in simulation:
        ...
    simulation.truth

The truth comes from how the traffic was made, never from attributing it; so it can
tell whether the attribution is right.
"""

from roi.simulator.config import Config
from roi.simulator.simulation import Simulation, generate
from roi.simulator.truth import Truth
from roi.simulator.wire import Message

__all__ = ["Config", "Message", "Simulation", "Truth", "generate"]
