"""The market: five ad platforms, their accounts, campaigns and ads.

Everything the contract allows somewhere occurs somewhere here: names in other
letters, times with other offsets, amounts as text and as numbers, accounts in other
time zones, reports without campaigns or without counts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from roi.simulator.dice import Weighted


@dataclass(frozen=True, kw_only=True, slots=True)
class Ad:
    """An ad, as ad events name it."""

    ad_group_id: str
    ad_id: str
    ad_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An ad account: what bills, by days of its own time zone."""

    account_id: str
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Campaign:
    """A campaign of a platform."""

    campaign_id: str
    name: str
    account: Account
    weight: int
    """Its share of the platform's traffic, relative to the others'."""
    price: Decimal
    """USD for a thousand impressions."""
    ads: tuple[Ad, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """An ad platform and how people behave on it."""

    name: str
    """As the contract stores it."""
    spelling: str
    """As its reports, and now and then its events, write it."""
    weight: float
    """Its share of all traffic, relative to the others'."""
    click_rate: float
    conversion_rate: float
    """Share of the devices first seen here that register."""
    view_through: float
    """Share of the registrations that follow a view without a click."""
    offset: dt.timezone
    """How its events write their times."""
    amount_digits: int
    """How exactly it bills."""
    amount_as_text: bool
    reports_campaigns: bool
    """Whether it reports by campaign, or by account only."""
    reports_conversions: bool
    reports_within_day: bool
    """Whether it reports the running day, four times, before the closing report."""
    campaigns: tuple[Campaign, ...]
    mix: Weighted[Campaign]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    spelling: str
    weight: float
    click_rate: float
    conversion_rate: float
    view_through: float
    zones: tuple[str, ...]
    campaigns: tuple[tuple[str, str, int, str], ...]
    """Name, ad type, weight, USD for a thousand impressions."""
    minutes: int = 0
    amount_digits: int = 2
    amount_as_text: bool = False
    reports_campaigns: bool = True
    reports_conversions: bool = True
    reports_within_day: bool = False


_PLANS = (
    _Plan(
        spelling="Facebook",
        weight=34,
        click_rate=0.16,
        conversion_rate=0.105,
        view_through=0.35,
        zones=("America/New_York",),
        campaigns=(
            ("Prospecting Broad", "video", 5, "74"),
            ("Lookalike Buyers 1%", "banner", 4, "92.5"),
            ("Retargeting Cart", "banner", 2, "128"),
            ("Advantage+ App", "video", 3, "81"),
        ),
    ),
    _Plan(
        spelling="Google",
        weight=27,
        click_rate=0.31,
        conversion_rate=0.135,
        view_through=0.12,
        zones=("America/Los_Angeles", "UTC"),
        campaigns=(
            ("Search Brand", "search", 3, "61"),
            ("Search Generic", "search", 4, "148"),
            ("YouTube In-Stream", "video", 3, "69"),
            ("Display House Ads", "banner", 1, "0"),
        ),
        amount_digits=6,
        amount_as_text=True,
        reports_within_day=True,
    ),
    _Plan(
        spelling="TikTok",
        weight=21,
        click_rate=0.11,
        conversion_rate=0.075,
        view_through=0.5,
        zones=("Asia/Kolkata",),
        campaigns=(
            ("Spark Ads Creators", "video", 5, "48"),
            ("TopView Launch", "video", 2, "95"),
            ("Playable Festival", "playable", 2, "57"),
        ),
        minutes=330,
    ),
    _Plan(
        spelling="Snapchat",
        weight=10,
        click_rate=0.09,
        conversion_rate=0.05,
        view_through=0.45,
        zones=("Europe/Berlin",),
        campaigns=(
            ("Story Ads DACH", "story", 3, "39"),
            ("AR Lens Summer", "lens", 2, "66"),
        ),
        minutes=60,
        amount_digits=4,
        amount_as_text=True,
        reports_campaigns=False,
        reports_conversions=False,
    ),
    _Plan(
        spelling="Apple Search Ads",
        weight=8,
        click_rate=0.42,
        conversion_rate=0.2,
        view_through=0.05,
        zones=("UTC",),
        campaigns=(
            ("ASA Brand Exact", "search", 3, "170"),
            ("ASA Competitors", "search", 2, "260"),
        ),
        amount_digits=2,
        amount_as_text=True,
    ),
)

ADS_PER_CAMPAIGN = 4


def market(seed: str) -> tuple[Platform, ...]:
    """The platforms under a seed; ids of different seeds differ."""
    return tuple(_platform(seed, plan) for plan in _PLANS)


def _platform(seed: str, plan: _Plan) -> Platform:
    name = plan.spelling.lower()
    accounts = [
        Account(account_id=f"act_{_number(seed, name, zone)}", zone=ZoneInfo(zone))
        for zone in plan.zones
    ]
    campaigns = tuple(
        Campaign(
            campaign_id=_number(seed, name, title),
            name=title,
            account=accounts[index % len(accounts)],
            weight=weight,
            price=Decimal(price),
            ads=tuple(
                Ad(
                    ad_group_id=_number(seed, name, title, "group", ad // 2),
                    ad_id=_number(seed, name, title, "ad", ad),
                    ad_type=ad_type,
                )
                for ad in range(ADS_PER_CAMPAIGN)
            ),
        )
        for index, (title, ad_type, weight, price) in enumerate(plan.campaigns)
    )
    return Platform(
        name=name,
        spelling=plan.spelling,
        weight=plan.weight,
        click_rate=plan.click_rate,
        conversion_rate=plan.conversion_rate,
        view_through=plan.view_through,
        offset=dt.timezone(dt.timedelta(minutes=plan.minutes))
        if plan.minutes
        else dt.UTC,
        amount_digits=plan.amount_digits,
        amount_as_text=plan.amount_as_text,
        reports_campaigns=plan.reports_campaigns,
        reports_conversions=plan.reports_conversions,
        reports_within_day=plan.reports_within_day,
        campaigns=campaigns,
        mix=Weighted(campaigns, [campaign.weight for campaign in campaigns]),
    )


def _number(*parts: object) -> str:
    """Twelve digits that belong to these words alone."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8)
    return str(100_000_000_000 + int(digest.hexdigest(), 16) % 899_999_999_999)
