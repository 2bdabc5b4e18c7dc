"""`roi up`: start the embedded services."""

from __future__ import annotations

from roi import settings


def up() -> None:
    """Start the embedded Postgres and Kafka: topics, schema and roles ready.

    Repeatable. State is kept under `.roi/`; the first start downloads Apache Kafka.
    """
    from roi.commands.steps import Steps
    from roi.embedded import services

    project = settings.project()
    with Steps() as report:
        embedded = services.up(project.state_dir, report)
    preferred = (
        ("Postgres", embedded.postgres_port, project.embedded_postgres_port),
        ("Kafka", embedded.kafka_port, project.embedded_kafka_port),
    )
    print(f"Postgres  {embedded.postgres}")
    print(f"Kafka     {embedded.kafka}")
    for name, port, wanted in preferred:
        if port != wanted:
            print(f"{name} is on port {port}: {wanted} was taken")
    print('Settings for other programs: eval "$(roi env)". The end: roi down')
