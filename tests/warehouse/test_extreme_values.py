"""Values that the contract allows and whose ratios or sums no column can hold."""

from __future__ import annotations

import psycopg
import pytest

from roi import transform
from roi.settings import Embedded
from tests.loader.databases import fresh_database

pytestmark = pytest.mark.services

# A click, a registration and revenue of 1000 against spend of 10^-18: ROAS 10^21.
# A day's counts that add up to more than 10^20. Spend near the largest amount in a
# currency with a large rate.
ROWS = """
insert into raw.ad_events (
    event_id, event_type, event_time, device_id, platform,
    kafka_partition, kafka_offset, kafka_timestamp, log_epoch, load_seq
) values ('e', 'click', '2026-01-31 09:00Z', 'd', 'tiny', 0, 0, now(), 0, 1);
insert into raw.user_registrations (
    event_id, event_time, user_id, device_id,
    kafka_partition, kafka_offset, kafka_timestamp, log_epoch, load_seq
) values ('r', '2026-01-31 10:00Z', 'u', 'd', 0, 0, now(), 0, 1);
insert into raw.revenue_events (
    event_id, event_time, user_id, amount, currency,
    kafka_partition, kafka_offset, kafka_timestamp, log_epoch, load_seq
) values ('v', '2026-01-31 11:00Z', 'u', 1000, 'USD', 0, 0, now(), 0, 1);
insert into raw.ad_spend (
    platform, account_id, period_start, period_end, amount, currency, reported_at,
    impressions, kafka_partition, kafka_offset, kafka_timestamp, log_epoch, load_seq
)
select
    spend.platform, number::text, '2026-01-31Z', '2026-02-01Z',
    spend.amount, spend.currency, now(), spend.impressions,
    0, row_number() over () - 1, now(), 0, 1
from (
    values
    ('tiny', 1, 0.000000000000000001, 'USD', null::bigint),
    ('huge', 13, 1, 'USD', 9223372036854775807),
    ('rich', 200, 999999999999999999, 'USD', null)
) as spend (platform, accounts, amount, currency, impressions),
generate_series(1, spend.accounts) as number;
insert into raw.kafka_offsets (
    kafka_topic, kafka_partition, first_offset, next_offset, load_seq
) values
('ad_events', 0, 0, 1, 1), ('user_registrations', 0, 0, 1, 1),
('revenue_events', 0, 0, 1, 1), ('ad_spend', 0, 0, 214, 1);
"""


def test_what_no_column_can_hold_is_null_and_the_build_goes_on(
    services: Embedded,
) -> None:
    with (
        fresh_database(services) as postgres,
        psycopg.connect(
            **postgres.connection_parameters(), autocommit=True
        ) as connection,
    ):
        connection.execute(ROWS.encode())
        transform.build(postgres)
        rows = {
            platform: values
            for platform, *values in connection.execute(
                "select cpa.platform, cpa.spend is null, "
                "cpa.reported_impressions is null, roi.roas is null, "
                "roi.revenue is null "
                "from marts.daily_cpa as cpa "
                "inner join marts.daily_roi as roi using (report_date, platform) "
                "where cpa.report_date = '2026-01-31'"
            )
        }
    assert rows == {
        "tiny": [False, True, True, False],  # nobody counted, ROAS too large
        "huge": [False, True, False, False],  # the counts are too many
        "rich": [True, True, False, False],  # the spend is too large
    }
