"""The stream of messages, in the order in which they arrive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import count

from roi.simulator.broken import broken_of
from roi.simulator.clock import DAY, HOUR, MILLISECOND, SECOND, midnight
from roi.simulator.config import Config
from roi.simulator.dice import Dice
from roi.simulator.market import market
from roi.simulator.people import Cohort
from roi.simulator.seasons import touches_of
from roi.simulator.spend import SpendReport, reports
from roi.simulator.tally import Tally
from roi.simulator.truth import Truth
from roi.simulator.wire import Message, Written, write, write_report

LATE_SHARE = 0.02
DUPLICATE_SHARE = 0.01


class Simulation:
    """Messages, to be iterated over once, and then what is true about them.

    A day's messages are made when it is their turn, so memory holds the days that
    are on their way, not the whole. People and reports belong to a day, not to a
    run: a longer run, or the same again, has the same events and more, and sends
    nothing new under an id that another run has used.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._tally = Tally()
        self._truth: Truth | None = None
        self._messages = self._run()
        self._waiting: list[tuple[int, int, Written]] = []
        self._number = count()
        self._end, self._horizon = config.end, config.horizon

    def __iter__(self) -> Iterator[Message]:
        return self._messages

    @property
    def truth(self) -> Truth:
        """What is true; known when the last message has been taken.

        Raises:
            RuntimeError: there are messages left.
        """
        if self._truth is None:
            raise RuntimeError("the truth is known after the last message")
        return self._truth

    def _run(self) -> Iterator[Message]:
        config = self.config
        platforms = market(config.seed)
        for made in reports(config, platforms):
            self._tell_reports(made)
        for date in config.dates:
            touches = touches_of(config.seed, config.rate, date)
            self._tell_broken(date, touches)
            delivery = Dice(config.seed, "delivery", date)
            for story in Cohort(config.seed, date, platforms).stories(touches):
                for event in story:
                    written = write(event, delivery)
                    is_told = self._tell(event.at, written, delivery)
                    if is_told:
                        self._tally.happening(event)
            # What is made later happens later.
            yield from self._arrived(midnight(date) + DAY)
        yield from self._arrived(None)
        self._truth = self._tally.truth(config)

    def _tell(self, at: int, written: Written, dice: Dice) -> bool:
        """Send the message of something, unless it has not happened by the end."""
        arrives = at + dice.spread(200 * MILLISECOND, 30 * SECOND)
        if dice.chance(LATE_SHARE):
            arrives += dice.spread(HOUR, 3 * DAY)
        again = None
        if dice.chance(DUPLICATE_SHARE):
            again = arrives + dice.spread(SECOND, 2 * DAY)
        if at >= self._end:
            return False
        self._send(at, arrives, written)
        if again is not None:
            self._send(at, again, written, is_copy=True)
        return True

    def _tell_reports(self, made: list[SpendReport]) -> None:
        """Send the reports of one account day; the last one counts."""
        for report in made:
            written = write_report(report)
            dice = Dice(self.config.seed, "report", written.value, report.reported_at)
            # Some wait long enough for their correction to overtake them.
            waits = dice.spread(SECOND, 5 * 60 * SECOND)
            if dice.chance(0.05):
                waits += 2 * DAY
            self._send(report.reported_at, report.reported_at + waits, written)
            if dice.chance(DUPLICATE_SHARE * 2):
                self._send(
                    report.reported_at,
                    report.reported_at + waits + dice.spread(SECOND, 2 * DAY),
                    written,
                    is_copy=True,
                )
        if made:
            self._tally.spend(made[-1])

    def _tell_broken(self, date: dt.date, touches: float) -> None:
        for broken in broken_of(self.config.seed, date, touches):
            self._tally.broken(broken.written.topic, broken.reason)
            self._wait(broken.at + SECOND, broken.written)

    def _send(
        self, at: int, arrives: int, written: Written, *, is_copy: bool = False
    ) -> None:
        """Send a message; everything has arrived when the simulation ends."""
        arrives = min(arrives, self._horizon)
        self._tally.message(written.topic, delay=arrives - at, is_copy=is_copy)
        self._wait(arrives, written)

    def _wait(self, arrives: int, written: Written) -> None:
        self._waiting.append((arrives, next(self._number), written))

    def _arrived(self, until: int | None) -> Iterator[Message]:
        """What arrives before an instant, in order; without one, all that is left."""
        self._waiting.sort(key=lambda each: each[:2])
        for index, (arrives, _, written) in enumerate(self._waiting):
            if until is not None and arrives >= until:
                del self._waiting[:index]
                return
            yield Message(arrives, *written)
        self._waiting.clear()


def generate(config: Config) -> Simulation:
    """The messages of a simulation in order of arrival, and its truth."""
    return Simulation(config)
