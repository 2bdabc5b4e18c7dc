"""What the platforms report to have cost, and how they change their minds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from roi.simulator.clock import DAY, HOUR, MINUTE, SECOND, account_days
from roi.simulator.config import Config
from roi.simulator.dice import Dice
from roi.simulator.market import Account, Campaign, Platform
from roi.simulator.seasons import touches_of

CURRENCY = "USD"

_PARTS_OF_DAY = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class SpendReport:
    """One report of a platform."""

    platform: Platform
    account: Account
    campaign: Campaign | None
    """None where the platform reports by account."""
    period_start: int
    period_end: int
    amount: Decimal
    reported_at: int
    impressions: int
    clicks: int
    conversions: int | None


def reports(
    config: Config, platforms: tuple[Platform, ...]
) -> Iterator[list[SpendReport]]:
    """The reports of every finished account day within the simulated time.

    Yields:
        All reports of one account (or one of its campaigns) and one day of it that
        were made before the simulation ends, in the order in which they were made:
        the last is the one that counts.
    """
    everything = sum(platform.weight for platform in platforms)
    for platform in platforms:
        of_all = sum(campaign.weight for campaign in platform.campaigns)
        for account, campaigns in _billed(platform):
            weight = sum(campaign.weight for campaign in campaigns)
            share = platform.weight / everything * weight / of_all
            for date, start, end in account_days(
                account.zone, config.start, config.end
            ):
                made = _reports_of_day(
                    config, platform, account, campaigns, share, date, start, end
                )
                yield [each for each in made if each.reported_at < config.horizon]


def _billed(
    platform: Platform,
) -> Iterator[tuple[Account, tuple[Campaign, ...]]]:
    """What is billed as one: a campaign, or a whole account."""
    if platform.reports_campaigns:
        for campaign in platform.campaigns:
            yield campaign.account, (campaign,)
        return
    in_order = sorted(platform.campaigns, key=lambda each: each.account.account_id)
    for _, group in groupby(in_order, key=lambda each: each.account.account_id):
        campaigns = tuple(group)
        yield campaigns[0].account, campaigns


def _reports_of_day(
    config: Config,
    platform: Platform,
    account: Account,
    campaigns: tuple[Campaign, ...],
    share: float,
    date: dt.date,
    start: int,
    end: int,
) -> Iterator[SpendReport]:
    named = campaigns[0] if platform.reports_campaigns else None
    billed = named.campaign_id if named else account.account_id
    dice = Dice(config.seed, "spend", billed, date)
    touches = touches_of(config.seed, config.rate, date) * share * dice.around(0.12)
    # Platforms count some more than arrives here.
    impressions = int(touches / (1 + platform.click_rate) * (1.05 + dice.random() / 12))
    weights = sum(campaign.weight for campaign in campaigns)
    priced = sum(
        (campaign.price * campaign.weight for campaign in campaigns), Decimal(0)
    )
    cost = priced / weights * impressions / 1000 * Decimal(dice.around(0.1))
    closing = SpendReport(
        platform=platform,
        account=account,
        campaign=named,
        period_start=start,
        period_end=end,
        amount=_billable(platform, cost),
        reported_at=end + dice.between(5, 50) * MINUTE,
        impressions=impressions,
        clicks=int(impressions * platform.click_rate * dice.around(0.1)),
        conversions=int(
            # And take the credit for some that others have brought.
            impressions * platform.conversion_rate * 0.3 * dice.around(0.3)
        )
        if platform.reports_conversions
        else None,
    )
    if platform.reports_within_day:
        yield from _parts(closing, dice)
    yield closing
    if dice.chance(0.6):
        yield _restated(closing, DAY, dice)
        if dice.chance(0.4):
            yield _restated(closing, 3 * DAY, dice)


def _parts(closing: SpendReport, dice: Dice) -> Iterator[SpendReport]:
    """The running day in four parts, which the closing report replaces."""
    length = (closing.period_end - closing.period_start) // _PARTS_OF_DAY
    for part in range(_PARTS_OF_DAY):
        start = closing.period_start + part * length
        yield replace(
            closing,
            period_start=start,
            period_end=start + length,
            amount=_billable(
                closing.platform, closing.amount / 4 * Decimal(dice.around(0.3))
            ),
            reported_at=start + length + dice.between(30, 240) * SECOND,
            impressions=closing.impressions // 4,
            clicks=closing.clicks // 4,
            conversions=None,
        )


def _restated(closing: SpendReport, later: int, dice: Dice) -> SpendReport:
    """The same day again, corrected a little."""
    factor = Decimal(0.97 + dice.random() * 0.07)
    return replace(
        closing,
        amount=_billable(closing.platform, closing.amount * factor),
        reported_at=closing.reported_at
        + later
        + dice.between(0, HOUR // SECOND) * SECOND,
        conversions=None
        if closing.conversions is None
        else closing.conversions + dice.between(0, 3),
    )


def _billable(platform: Platform, amount: Decimal) -> Decimal:
    unit = Decimal(1).scaleb(-platform.amount_digits)
    return amount.quantize(unit, rounding=ROUND_HALF_UP)
