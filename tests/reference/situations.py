"""Which corner cases a history holds: the generator is held to make them often."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from tests.reference.devices import attribution_conflicts
from tests.reference.facts import History
from tests.reference.histories import History as Told
from tests.reference.histories import seeds_of
from tests.reference.identity import event_key, grouped, text_order
from tests.reference.numbers import HOUR, MICROSECOND, in_hours
from tests.reference.revenue import HORIZONS
from tests.reference.rows import Raw, Registration, SpendReport, Variables
from tests.reference.seeds import Rule

DAY = dt.timedelta(days=1)


def of_touches(history: History) -> Iterator[str]:
    for touches in history.touches_of.values():
        if len({row.event_time for row in touches}) < len(touches):
            yield "touches of one device at one instant"
    ids = [row.event_id for row in history.touches]
    if len(set(ids)) < len(ids):
        yield "one event_id on two platforms"
    for registration in history.eligible:
        yield from around(registration, history)


def around(registration: Registration, history: History) -> Iterator[str]:
    """What the touches of an eligible registration's device look like."""
    found = history.candidates[registration.event_id]
    competing = history.competing[registration.event_id]
    for touch in history.touches_of.get(registration.device_id, []):
        age = registration.event_time - touch.event_time
        rule = history.seeds.rule_for(touch, registration)
        fitting = history.seeds.fitting(touch, registration)
        if age < dt.timedelta(0):
            yield "touch after registration"
        if rule is None:
            continue
        if len({each.specificity for each in fitting}) > 2:
            yield "several rules fit"
        if rule.platform and (rule.ad_type or rule.event_type):
            yield "rule of platform and type"
        if at_boundary(registration, fitting):
            yield "registration at a rule's boundary"
        if rule.lookback_hours == 0:
            yield "zero lookback"
        elif in_hours(age) == rule.lookback_hours:
            yield "touch at the start of its window"
        elif in_hours(age - MICROSECOND) == rule.lookback_hours:
            yield "touch just before its window"
        elif age == dt.timedelta(0):
            yield "touch at the registration's instant"
    if len(competing) < len(found):
        yield "candidate loses by priority"
    if len(competing) > 2:
        yield "more than two competing touches"
    if not found:
        yield "organic"


def at_boundary(registration: Registration, rules: list[Rule]) -> bool:
    near = (registration.event_time, registration.event_time + MICROSECOND)
    return any(rule.valid_from in near or rule.valid_to in near for rule in rules)


def of_registrations(history: History) -> Iterator[str]:
    for row in history.registrations:
        if history.status[row.event_id] != "eligible":
            yield history.status[row.event_id]
    for group in grouped(history.registrations, lambda row: row.user_id):
        if len({row.event_time for row in group}) < len(group):
            yield "registrations of one user at one instant"


def of_copies(history: History) -> Iterator[str]:
    raw = history.raw
    for events in (raw.ad_events, raw.user_registrations, raw.revenue_events):
        for copies in grouped(events, event_key):
            if len({row.kafka_partition for row in copies}) > 1:
                yield "copies across partitions"
            if len({row.kafka_timestamp for row in copies}) < len(copies):
                yield "copies of one timestamp"
            if len({row.event_time for row in copies}) > 1:
                yield "copies of two event_times"


def of_spend(history: History) -> Iterator[str]:
    raw, current = history.raw.ad_spend, history.reports
    gone = [row for row in raw if row not in current]
    for row in current:
        length = row.period_end - row.period_start
        minute = row.period_start.minute
        if minute in (30, 15, 45):
            yield "account zone of half or quarter hours"
        if abs(length - DAY) in (HOUR, HOUR / 2):
            yield "account day on which clocks change"
        if row.amount == 0:
            yield "zero spend"
        if (
            history.seeds.rate(row.currency, history.clock.day(row.period_start))
            is None
        ):
            yield "missing rate"
        elif row.currency != history.variables.reporting_currency:
            yield "foreign currency"
    for one, other in combinations(current, 2):
        if one.platform == other.platform and overlap(one, other):
            if identity(one) == identity(other):
                yield "overlapping spend that counts both"
            elif (one.campaign_id is None) != (other.campaign_id is None):
                yield "spend with and without campaign"
    for old in gone:
        for new in current:
            if identity(old) == identity(new) and overlap(old, new):
                same = period(old) == period(new)
                yield "restated period" if same else "closing day replaces hours"
                if not same and old.period_end == new.period_end:
                    yield "closing day replaces its last hour"


def identity(report: SpendReport) -> tuple[object, ...]:
    return report.platform, report.account_id, report.campaign_id


def period(report: SpendReport) -> tuple[dt.datetime, dt.datetime]:
    return report.period_start, report.period_end


def overlap(one: SpendReport, other: SpendReport) -> bool:
    return one.period_start < other.period_end and other.period_start < one.period_end


def of_revenue(history: History) -> Iterator[str]:
    eligible = {row.user_id: row.event_time for row in history.eligible}
    edges = [span for span in HORIZONS.values() if span]
    for event in history.raw.revenue_events:
        if event.amount < 0:
            yield "refund"
        if event.user_id not in eligible:
            yield "revenue of a user who is not eligible"
            continue
        since = event.event_time - eligible[event.user_id]
        if since < dt.timedelta(0):
            yield "revenue before registration"
        if since in edges:
            yield "revenue at the edge of 1, 7 or 30 days"
        if since + MICROSECOND in edges:
            yield "revenue just before that edge"


def situations(told: Told, variables: Variables) -> set[str]:
    """The names of all that occurs in one history."""
    history = History(Raw.of(told.rows), seeds_of([told]), variables)
    parts = (of_touches, of_registrations, of_copies, of_spend, of_revenue)
    conflicts = {str(row["conflict_type"]) for row in attribution_conflicts(history)}
    return conflicts | {name for part in parts for name in part(history)}


def count(histories: list[Told], variables: Variables) -> dict[str, int]:
    """Situation → in how many of the histories it occurs, by name."""
    found = Counter(name for told in histories for name in situations(told, variables))
    return dict(sorted(found.items(), key=lambda pair: text_order(pair[0])))
