"""Simulated data goes nowhere that nobody has named."""

from __future__ import annotations

import pytest

from roi.errors import SettingsError
from roi.guard import require_consent
from roi.settings import Kafka, Postgres


def kafka(*servers: str, embedded: bool = False) -> Kafka:
    return Kafka(bootstrap_servers=servers, client={}, embedded=embedded)


def postgres(host: str) -> Postgres:
    return Postgres(host=host, port=5432, user="u", password=None, database="d")


def test_embedded_services_need_no_consent() -> None:
    require_consent([kafka("127.0.0.1:19092", embedded=True)], [])


@pytest.mark.parametrize(
    "consent",
    [["k1.example", "k2.example"], ["k1.example:9092,K2.example"]],
)
def test_every_host_named_is_consent(consent: list[str]) -> None:
    require_consent([kafka("k1.example:9092", "K2.example:9093")], consent)


@pytest.mark.parametrize(
    "consent", [[], ["k1.example"], ["example"], ["k1.example:1", "k2.example:9093"]]
)
def test_a_host_not_named_is_refused(consent: list[str]) -> None:
    with pytest.raises(SettingsError, match="--yes-write-to k"):
        require_consent([kafka("k1.example:9092", "k2.example:9093")], consent)


def test_postgres_is_guarded_as_well() -> None:
    require_consent([postgres("db.example")], ["db.example"])
    with pytest.raises(SettingsError, match=r"Postgres at db\.example:5432/d"):
        require_consent([kafka("k:1"), postgres("db.example")], ["k"])


def test_an_address_of_version_6_is_a_host() -> None:
    require_consent([kafka("[::1]:9092")], ["::1"])
