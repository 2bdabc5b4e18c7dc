"""The topics of the contract, made where they are missing."""

from __future__ import annotations

from collections.abc import Iterable

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from roi.errors import RoiError
from roi.settings import TOPICS, Kafka, TopicSettings


def create(
    kafka: Kafka, settings: TopicSettings, names: Iterable[str] = TOPICS
) -> list[str]:
    """Make the topics that are missing; existing ones stay as they are.

    Returns:
        The names of those made.

    Raises:
        RoiError: the cluster refuses.
    """
    made = []
    try:
        with KafkaAdminClient(**kafka.client) as admin:
            for name in sorted(set(names) - set(admin.list_topics())):
                try:
                    admin.create_topics(
                        {name: _definition(settings)}, wait_for_metadata=True
                    )
                except TopicAlreadyExistsError:  # somebody else was quicker
                    continue
                made.append(name)
    except KafkaError as error:
        raise RoiError(f"Kafka at {kafka} does not make the topics: {error}") from error
    return made


def for_one_broker(settings: TopicSettings) -> TopicSettings:
    """The settings as they suit the embedded broker.

    One replica, and no retention unless one is asked for: back-filled messages have
    old timestamps, and retention by time would delete them at once.
    """
    changes: dict[str, int] = {"replication_factor": 1}
    if "retention_ms" not in settings.model_fields_set:
        changes["retention_ms"] = -1
    return settings.model_copy(update=changes)


def _definition(settings: TopicSettings) -> dict[str, object]:
    return {
        "num_partitions": settings.partitions,
        "replication_factor": settings.replication_factor,
        "configs": {
            "compression.type": settings.compression,
            "retention.ms": str(settings.retention_ms),
        },
    }
