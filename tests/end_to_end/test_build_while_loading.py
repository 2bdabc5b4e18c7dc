"""dbt builds again and again while the loader goes on."""

from __future__ import annotations

import datetime as dt
import signal
from decimal import Decimal

import psycopg
import pytest

from roi import transform
from roi.settings import Embedded
from roi.simulator import Config, generate, sinks
from tests.loader.databases import fresh_database
from tests.loader.processes import loaded_offsets, loader_process, wait_until

pytestmark = pytest.mark.services

ELIGIBLE = """
select count(*)
from marts.attributed_registrations
where status in ('attributed', 'organic') and registered_at >= '2019-01-01'
    and registered_at < '2019-01-05'
"""
COUNTED = """
select coalesce(sum(registrations), 0)
from marts.daily_cpa
where report_date between '2019-01-01' and '2019-01-04'
"""


def test_every_build_is_of_one_moment(services: Embedded) -> None:
    simulation = generate(
        Config(until=dt.date(2019, 1, 5), days=4, rate=4_000, seed="while loading")
    )
    with (
        fresh_database(services) as postgres,
        psycopg.connect(**postgres.connection_parameters(), autocommit=True) as watcher,
        loader_process(
            services.kafka,
            postgres,
            LOADER_GROUP_ID="while-loading",
            # Small batches: the loader is at it for as long as the builds take.
            LOADER_BATCH_MAX_ROWS="50",
        ) as process,
    ):

        def one(statement: str) -> Decimal:
            row = watcher.execute(statement.encode()).fetchone()
            assert row is not None
            return Decimal(row[0])

        sinks.drain(simulation, sinks.into_kafka(services.kafka))
        wait_until(lambda: loaded_offsets(watcher) > 0)
        seen = []
        for _ in range(2):
            before = loaded_offsets(watcher)
            transform.build(postgres)
            assert one(ELIGIBLE) == one(COUNTED)
            seen.append((before, one(COUNTED)))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        with loader_process(
            services.kafka, postgres, "--once", LOADER_GROUP_ID="while-loading"
        ) as rest:
            rest.communicate(timeout=60)
            assert rest.returncode == 0
        transform.build(postgres)
        assert one(ELIGIBLE) == one(COUNTED) == simulation.truth.eligible
        assert seen == sorted(seen)
