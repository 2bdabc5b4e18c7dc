"""People: who sees which ads, who registers, and why.

Each story is written from its end: first the touch that leads to a registration,
then a delay that keeps the touch in its window, and everything else is placed where
it cannot change that. So who gets the credit is known without attributing anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from roi.simulator.clock import DAY, HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND
from roi.simulator.dice import Dice, Weighted
from roi.simulator.happenings import (
    Device,
    Happening,
    Purchase,
    Registration,
    Status,
    Touch,
)
from roi.simulator.market import Platform
from roi.simulator.seasons import instant_in

CLICK_WINDOW = 168 * HOUR
VIEW_WINDOW = 24 * HOUR
"""The lookback windows of the attribution rules as shipped."""

JUNK_DEVICE = "00000000-0000-0000-0000-000000000000"
"""What phones send whose owners do not want to be tracked."""

_COUNTRIES = Weighted(
    ("US", "DE", "IN", "GB", "BR", "FR", "JP", "MX"),
    (34, 17, 15, 9, 8, 7, 6, 4),
)
_PRICES = tuple(Decimal(price) for price in ("4.99", "9.99", "9.99", "19.99", "49.90"))


class Cohort:
    """Everybody whose story begins on one day."""

    def __init__(self, seed: str, date: dt.date, platforms: Sequence[Platform]) -> None:
        self._dice = Dice(seed, "people", date)
        self._date = date
        self._platforms = Weighted(platforms, [each.weight for each in platforms])

    def stories(self, touches: float) -> Iterator[list[Happening]]:
        """Stories with about so many touches in all, each whole and in no order."""
        written = 0
        while written < touches:
            story = self._story(instant_in(self._date, self._dice))
            written += sum(isinstance(each, Touch) for each in story)
            yield story

    def _story(self, start: int) -> list[Happening]:
        dice = self._dice
        kind = dice.random()
        if kind < 0.0001:
            return self._bot(start)
        if kind < 0.012:
            return self._untracked(start)
        if kind < 0.034:
            return self._organic(start)
        if kind < 0.040:
            return self._organic_despite_touches(start)
        if kind < 0.045:
            return self._touched_afterwards(start)
        device, platform = self._device(), dice.pick(self._platforms)
        if dice.chance(platform.conversion_rate):
            return self._converted(start, device, platform)
        return [*self._exposures(device, platform, start)]

    # Who registers, and why

    def _converted(
        self, start: int, device: Device, platform: Platform
    ) -> list[Happening]:
        """Somebody registers after a touch, on the device that had it."""
        touches = self._exposures(device, platform, start, least=0)
        last = max((touch.at for touch in touches), default=start)
        at = last + self._dice.spread(10 * MINUTE, DAY) if touches else start
        if self._dice.chance(0.2):
            platform = self._dice.pick(self._platforms)
        more, registration = self._won(device, platform, at)
        return [*touches, *more, *self._afterwards(registration)]

    def _won(
        self, device: Device, platform: Platform, at: int
    ) -> tuple[list[Touch], Registration]:
        """A touch, what is going on until the registration, and that."""
        dice = self._dice
        roll = dice.random()
        by_view = roll < 0.95 and dice.chance(platform.view_through)
        seen, *clicked = self._ad(device, platform, at, click=not by_view)
        winner = clicked[0] if clicked else seen
        delay = self._delay(roll, by_view=by_view)
        touches = [touch for touch in (seen, *clicked) if touch is not winner]
        if dice.chance(0.01):
            winner, rivals = self._tie(winner)
            touches += rivals
        registration = self._registration(
            device, winner.at + delay, "attributed", winner=winner
        )
        if not by_view and delay > VIEW_WINDOW + HOUR and dice.chance(0.5):
            # A later view that is too old by then.
            age = dice.between(VIEW_WINDOW + MICROSECOND, delay - 2 * MINUTE)
            if dice.chance(0.2):
                age = VIEW_WINDOW + MICROSECOND
            other = dice.pick(self._platforms)
            touches += self._ad(device, other, registration.at - age, click=False)
        return [*touches, winner], registration

    def _delay(self, roll: float, *, by_view: bool) -> int:
        """From the touch to the registration.

        Three quarters within the hour, nineteen in twenty within a day, as the field
        reports; the others while a click still counts. Now and then the last moment.
        """
        dice = self._dice
        if dice.chance(0.004):
            return VIEW_WINDOW if by_view else dice.one_of((0, CLICK_WINDOW))
        if roll < 0.003 and not by_view:
            return dice.between(1, 10) * SECOND
        if roll < 0.75:
            delay = dice.spread(20 * SECOND, HOUR)
        elif roll < 0.95:
            delay = dice.spread(HOUR, DAY)
        else:
            delay = dice.spread(DAY, CLICK_WINDOW)
        return delay // MILLISECOND * MILLISECOND

    def _tie(self, winner: Touch) -> tuple[Touch, list[Touch]]:
        """Rivals of the same instant, and the winner so that it wins.

        A click beats a view; of two of a kind, the smaller event id.
        """
        dice = self._dice
        others = [each for each in self._platforms.items if each is not winner.platform]
        view = self._ad(winner.device, dice.one_of(others), winner.at, click=False)[0]
        if winner.is_click and dice.chance(0.5):
            return winner, [view]
        smaller, larger = sorted((winner.event_id, view.event_id))
        rival = replace(view, is_click=winner.is_click, event_id=larger)
        return replace(winner, event_id=smaller), [rival]

    def _organic(self, start: int) -> list[Happening]:
        """Somebody registers without ever having seen an ad."""
        return self._afterwards(self._registration(self._device(), start, "organic"))

    def _organic_despite_touches(self, start: int) -> list[Happening]:
        """Somebody registers when every touch is too old."""
        dice = self._dice
        touches = self._exposures(
            self._device(),
            dice.pick(self._platforms),
            start,
            clicks=dice.chance(0.3),
        )
        over = max(
            touch.at + (CLICK_WINDOW if touch.is_click else VIEW_WINDOW)
            for touch in touches
        )
        late = MICROSECOND if dice.chance(0.2) else dice.spread(MINUTE, 4 * DAY)
        registration = self._registration(touches[0].device, over + late, "organic")
        return [*touches, *self._afterwards(registration)]

    def _touched_afterwards(self, start: int) -> list[Happening]:
        """Somebody registers and sees the first ad after that."""
        registration = self._registration(self._device(), start, "organic")
        return [
            *self._exposures(
                registration.device,
                self._dice.pick(self._platforms),
                start + self._dice.spread(SECOND, DAY),
            ),
            *self._afterwards(registration),
        ]

    # What follows a registration, and changes nothing about it

    def _afterwards(self, registration: Registration) -> list[Happening]:
        """An eligible registration and what comes of it."""
        dice = self._dice
        story: list[Happening] = [registration]
        if dice.chance(0.15):
            story += self._exposures(
                registration.device,
                dice.pick(self._platforms),
                registration.at + dice.spread(MINUTE, 5 * DAY),
            )
        if dice.chance(0.05):
            story += self._second_user(registration)
        if dice.chance(0.03):
            story += self._registered_again(registration)
        if dice.chance(0.12):
            story += self._purchases(registration, registration)
        return story

    def _second_user(self, first: Registration) -> list[Happening]:
        """Another user on the same device; counts nowhere, whatever follows."""
        dice = self._dice
        second = self._registration(
            first.device, first.at + dice.spread(HOUR, 10 * DAY), "shared_device"
        )
        story: list[Happening] = [second]
        if dice.chance(0.3):
            story += self._ad(
                first.device,
                dice.pick(self._platforms),
                dice.between(first.at + 1, second.at) // MILLISECOND * MILLISECOND
                + SECOND,
                click=True,
            )
        if dice.chance(0.3):
            story += self._purchases(second, None)
        if dice.chance(0.2):
            story += self._on_another_device(second)
        return story

    def _registered_again(self, first: Registration) -> list[Happening]:
        """The same user once more: at once, later, or on another device."""
        dice = self._dice
        kind = dice.random()
        if kind < 0.1:  # a double tap: of two at one instant the smaller id is first
            again = replace(
                first,
                event_id=f"{first.event_id}-2",
                status="duplicate_user",
                winner=None,
            )
            return [again]
        if kind < 0.5:
            return [
                self._registration(
                    first.device,
                    first.at + dice.spread(MINUTE, 10 * DAY),
                    "duplicate_user",
                    user_id=first.user_id,
                )
            ]
        return self._on_another_device(first)

    def _on_another_device(self, earlier: Registration) -> list[Happening]:
        """A user registers on a second device, where somebody else may be first."""
        dice = self._dice
        device = self._device()
        touches = self._exposures(
            device, dice.pick(self._platforms), earlier.at + dice.spread(HOUR, 3 * DAY)
        )
        again = self._registration(
            device,
            max(touch.at for touch in touches) + dice.spread(SECOND, DAY),
            "duplicate_user",
            user_id=earlier.user_id,
        )
        story: list[Happening] = [*touches, again]
        if dice.chance(0.3):
            more, registration = self._won(
                device,
                dice.pick(self._platforms),
                again.at + dice.spread(MINUTE, 3 * DAY),
            )
            story += [*more, registration]
        return story

    def _purchases(
        self, buyer: Registration, credited: Registration | None
    ) -> list[Happening]:
        dice = self._dice
        story: list[Happening] = []
        for _ in range(dice.count(1.6)):
            bought = Purchase(
                event_id=f"pay-{dice.digits(20)}",
                at=buyer.at + dice.spread(10 * MINUTE, 30 * DAY),
                user_id=buyer.user_id,
                amount=dice.one_of(_PRICES),
                registration=credited,
            )
            story.append(bought)
            if dice.chance(0.1):
                story.append(
                    replace(
                        bought,
                        event_id=f"refund-{dice.digits(20)}",
                        at=bought.at + dice.spread(HOUR, 5 * DAY),
                        amount=-bought.amount,
                    )
                )
        return story

    # What never leads anywhere

    def _bot(self, start: int) -> list[Happening]:
        """A device that clicks faster than anybody can."""
        device, platform = self._device(), self._dice.pick(self._platforms)
        return [
            touch
            for _ in range(self._dice.between(130, 220))
            for touch in self._ad(
                device, platform, start + self._dice.between(0, HOUR), click=True
            )[1:]
        ]

    def _untracked(self, start: int) -> list[Happening]:
        """A phone that keeps its id to itself."""
        device = replace(self._device(), device_id=JUNK_DEVICE)
        return [*self._ad(device, self._dice.pick(self._platforms), start)]

    # Events

    def _exposures(
        self,
        device: Device,
        platform: Platform,
        start: int,
        *,
        least: int = 1,
        clicks: bool = True,
    ) -> list[Touch]:
        """Ads that a device sees in turn, most of one platform."""
        dice = self._dice
        touches: list[Touch] = []
        at, is_reused = start, False
        for _ in range(least - 1 + dice.count(2.8)):
            shown = dice.pick(self._platforms) if dice.chance(0.25) else platform
            seen, *clicked = self._ad(
                device, shown, at, click=None if clicks else False
            )
            is_reused = (
                bool(touches)
                and not is_reused
                and shown is not touches[-1].platform
                and dice.chance(0.02)
            )
            if is_reused:
                # Platforms number their events without asking each other.
                seen = replace(seen, event_id=touches[-1].event_id)
            touches += [seen, *clicked]
            at += dice.spread(10 * MINUTE, DAY)
        return touches

    def _ad(
        self, device: Device, platform: Platform, at: int, *, click: bool | None = None
    ) -> list[Touch]:
        """A view of an ad and, by chance unless told, the click that follows."""
        dice = self._dice
        campaign = dice.pick(platform.mix)
        seen = Touch(
            event_id=f"imp-{dice.digits(20)}",
            at=at,
            device=device,
            platform=platform,
            campaign=campaign,
            ad=dice.one_of(campaign.ads),
            is_click=False,
        )
        if click is None:
            click = dice.chance(platform.click_rate)
        if not click:
            return [seen]
        clicked = replace(
            seen,
            event_id=f"clk-{dice.digits(20)}",
            at=at + dice.between(1_200, 90_000) * MILLISECOND,
            is_click=True,
        )
        return [seen, clicked]

    def _registration(
        self,
        device: Device,
        at: int,
        status: Status,
        *,
        user_id: str | None = None,
        winner: Touch | None = None,
    ) -> Registration:
        dice = self._dice
        return Registration(
            event_id=f"reg-{dice.digits(20)}",
            at=at,
            device=device,
            user_id=user_id or f"u{dice.digits(14)}",
            status=status,
            winner=winner,
        )

    def _device(self) -> Device:
        dice = self._dice
        ios = dice.chance(0.45)
        # Some phones have a UUID, others sixteen digits.
        device_id = dice.uuid() if ios or dice.chance(0.6) else dice.digits(16)
        return Device(
            device_id=device_id,
            country=dice.pick(_COUNTRIES),
            system="ios" if ios else "android",
        )
