"""Every setting of the product, read from the environment in one place.

Postgres settings are libpq's own (`PGHOST`, …), Kafka's are `KAFKA_…`, the
loader's `LOADER_…`, everything else `ROI_…`. With neither Postgres nor Kafka set,
the embedded services of `roi up` are used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from roi.errors import ServiceUnavailable, SettingsError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the folder with `dbt_project.yml`."""

TOPICS = ("ad_events", "user_registrations", "ad_spend", "revenue_events")
"""The topics of the contract; each is loaded into `raw.<topic>`."""

SettingsType = TypeVar("SettingsType", bound=BaseSettings)


class PostgresSettings(BaseSettings):
    """libpq's environment variables; empty means not set."""

    model_config = SettingsConfigDict(env_prefix="PG", env_ignore_empty=True)

    host: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    user: str | None = None
    password: SecretStr | None = None
    database: str | None = None
    sslmode: (
        Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
        | None
    ) = None

    @property
    def is_set(self) -> bool:
        """Whether any of them names a server, a user or a database."""
        return any(
            value is not None
            for value in (self.host, self.port, self.user, self.database)
        )


class KafkaSettings(BaseSettings):
    """How to reach Kafka; the names are those of Kafka's own client settings."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_", env_ignore_empty=True)

    bootstrap_servers: str | None = None
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = (
        "PLAINTEXT"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_password: SecretStr | None = None
    ssl_check_hostname: bool = True

    @model_validator(mode="after")
    def _sasl_is_whole(self) -> KafkaSettings:
        if self.security_protocol.startswith("SASL"):
            missing = [
                f"KAFKA_{name.upper()}"
                for name in ("sasl_mechanism", "sasl_username", "sasl_password")
                if getattr(self, name) is None
            ]
            if missing:
                raise ValueError(
                    f"KAFKA_SECURITY_PROTOCOL={self.security_protocol} needs "
                    f"{', '.join(missing)} as well"
                )
        return self

    @property
    def is_set(self) -> bool:
        """Whether a cluster is named."""
        return self.bootstrap_servers is not None


class TopicSettings(BaseSettings):
    """How topics are created; existing topics are left as they are."""

    model_config = SettingsConfigDict(env_prefix="ROI_TOPIC_", env_ignore_empty=True)

    partitions: int = Field(default=6, ge=1, le=10_000)
    replication_factor: int = Field(default=3, ge=1, le=32)
    compression: Literal[
        "producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"
    ] = "producer"
    retention_ms: int = Field(default=604_800_000, ge=-1)
    """How long Kafka keeps a message: 7 days by default, -1 for ever."""


class LoaderSettings(BaseSettings):
    """The loader's limits and its place in the consumer group."""

    model_config = SettingsConfigDict(env_prefix="LOADER_", env_ignore_empty=True)

    group_id: str = Field(default="ads-roi-loader", min_length=1)
    instance_id: str | None = None
    """A name that stays with this process over restarts (static membership): its
    partitions are then kept for it for the session timeout instead of moving."""
    topics: str = ",".join(TOPICS)
    """Which of the contract's topics to load, separated by commas."""
    max_message_bytes: int = Field(default=1_048_576, ge=1)
    """A larger message value is rejected as `too_large`."""
    batch_max_rows: int = Field(default=50_000, ge=1)
    batch_max_bytes: int = Field(default=16_777_216, ge=1024)
    """A transaction is closed when either limit is reached, or when there is
    nothing more to read."""
    session_timeout_ms: int = Field(default=30_000, ge=6_000)
    retry_max_seconds: float = Field(default=30.0, gt=0)
    """The longest pause between two attempts while a service is away."""
    log_format: Literal["console", "json"] = "console"

    @model_validator(mode="after")
    def _topics_are_known(self) -> LoaderSettings:
        unknown = set(self.topic_names) - set(TOPICS)
        if unknown or not self.topic_names:
            raise ValueError(
                f"LOADER_TOPICS={self.topics!r}: allowed are {', '.join(TOPICS)}"
            )
        return self

    @property
    def topic_names(self) -> tuple[str, ...]:
        """The topics to load."""
        return tuple(name.strip() for name in self.topics.split(",") if name.strip())


class ProjectSettings(BaseSettings):
    """Where things lie, and the ports of the embedded services."""

    model_config = SettingsConfigDict(env_prefix="ROI_", env_ignore_empty=True)

    state_dir: Path = PROJECT_ROOT / ".roi"
    """State of the embedded services; delete it to begin anew."""
    seeds: Path = PROJECT_ROOT / "seeds"
    """The folder of seeds: rules, rates, values."""
    dbt_vars: Annotated[dict[str, Any], NoDecode] = Field(default_factory=dict)
    """JSON object of dbt variables, for example
    `{"reporting_timezone": "Europe/Berlin"}`."""
    embedded_postgres_port: int = Field(default=15432, ge=1024, le=65535)
    embedded_kafka_port: int = Field(default=19092, ge=1024, le=65535)
    """Ports of the embedded services; the next free one where it is taken."""

    @field_validator("dbt_vars", mode="before")
    @classmethod
    def _dbt_vars_are_an_object(cls, value: Any) -> Any:
        if isinstance(value, str):
            with suppress(ValueError):
                value = json.loads(value)
        if not isinstance(value, dict):
            raise ValueError(
                'must be a JSON object, like {"reporting_timezone": "UTC"}'
            )
        return value


class OrchestrationSettings(BaseSettings):
    """When Dagster works by itself, and how long it waits."""

    model_config = SettingsConfigDict(env_prefix="ROI_", env_ignore_empty=True)

    refresh_cron: str = "0 * * * *"
    """When to load and build; in UTC, as the next one."""
    freshness_cron: str = "*/15 * * * *"
    """When to look whether the raw tables keep up with their topics."""
    freshness_limit_minutes: float = Field(default=90.0, gt=0)
    """Messages that wait longer are reported. Longer than the pause between two
    refreshes; where `roi load` runs as a service, it can be a few minutes."""
    load_patience_seconds: float = Field(default=300.0, gt=0)
    """A refresh gives up when it has loaded nothing for so long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Postgres:
    """A Postgres to connect to."""

    host: str
    port: int
    user: str
    password: str | None
    database: str
    sslmode: str | None = None
    embedded: bool = False

    def environment(self) -> dict[str, str]:
        """The libpq variables that lead a child process to this server."""
        values = {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.database,
            "PGSSLMODE": self.sslmode,
        }
        return {name: value for name, value in values.items() if value is not None}

    def connection_parameters(self) -> dict[str, Any]:
        """Keyword arguments for `psycopg.connect`."""
        values = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.database,
            "sslmode": self.sslmode,
        }
        return {name: value for name, value in values.items() if value is not None}

    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{self.database}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kafka:
    """A Kafka cluster to connect to."""

    bootstrap_servers: tuple[str, ...]
    client: Mapping[str, Any]
    """Keyword arguments that every client of kafka-python takes."""
    embedded: bool = False

    def __str__(self) -> str:
        return ",".join(self.bootstrap_servers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Embedded:
    """Where the embedded services listen, as `roi up` has written it down."""

    postgres_port: int
    kafka_port: int

    HOST = "127.0.0.1"
    # Reachable from this machine only, and for development only: a fixed
    # password lets profiles.yml.example work as it is.
    USER = "postgres"
    PASSWORD = "roi"
    DATABASE = "roi"

    @classmethod
    def read(cls, state_dir: Path) -> Embedded | None:
        """What `roi up` wrote, or None where it never ran."""
        path = cls.path(state_dir)
        try:
            fields = json.loads(path.read_text())
            return cls(**fields)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise SettingsError(
                f"{path} is damaged ({error}); delete it and run `roi up`"
            ) from error

    def write(self, state_dir: Path) -> None:
        """Write it down for the other commands, in one step."""
        path = self.path(state_dir)
        draft = path.with_suffix(".new")
        draft.write_text(
            json.dumps(
                {"postgres_port": self.postgres_port, "kafka_port": self.kafka_port}
            )
        )
        draft.replace(path)

    @staticmethod
    def path(state_dir: Path) -> Path:
        """The file of a state folder."""
        return state_dir / "services.json"

    @property
    def postgres(self) -> Postgres:
        """The embedded Postgres, as its superuser."""
        return Postgres(
            host=self.HOST,
            port=self.postgres_port,
            user=self.USER,
            password=self.PASSWORD,
            database=self.DATABASE,
            embedded=True,
        )

    @property
    def kafka(self) -> Kafka:
        """The embedded Kafka."""
        servers = (f"{self.HOST}:{self.kafka_port}",)
        return Kafka(
            bootstrap_servers=servers,
            client={"bootstrap_servers": list(servers)},
            embedded=True,
        )


def read(kind: type[SettingsType]) -> SettingsType:
    """One group of settings from the environment.

    Raises:
        SettingsError: a value is not allowed; the message names the variable and
            what is allowed.
    """
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        problems = []
        for item in error.errors():
            message = item["msg"].removeprefix("Value error, ")
            if item["loc"]:
                message = f"{prefix}{str(item['loc'][0]).upper()}: {message}"
            problems.append(message)
        raise SettingsError("; ".join(problems)) from error


@cache
def project() -> ProjectSettings:
    """The project's own settings."""
    return read(ProjectSettings)


def embedded() -> Embedded | None:
    """Where the embedded services listen, if `roi up` ever ran."""
    return Embedded.read(project().state_dir)


def postgres() -> Postgres:
    """The Postgres that the environment names, else the embedded one.

    Raises:
        SettingsError: a setting is malformed.
        ServiceUnavailable: none is set and `roi up` never ran.
    """
    settings = read(PostgresSettings)
    services = embedded()
    if not settings.is_set:
        if services is None:
            raise ServiceUnavailable(
                "no Postgres: run `roi up` for the embedded one, or set PGHOST, "
                "PGUSER, PGPASSWORD and PGDATABASE"
            )
        return services.postgres
    user = settings.user or "postgres"
    host, port = settings.host or "127.0.0.1", settings.port or 5432
    return Postgres(
        host=host,
        port=port,
        user=user,
        password=settings.password.get_secret_value() if settings.password else None,
        database=settings.database or user,
        sslmode=settings.sslmode,
        embedded=services is not None
        and port == services.postgres_port
        and host in (Embedded.HOST, "localhost"),
    )


def kafka() -> Kafka:
    """The Kafka that the environment names, else the embedded one.

    Raises:
        SettingsError: a setting is malformed.
        ServiceUnavailable: none is set and `roi up` never ran.
    """
    settings = read(KafkaSettings)
    services = embedded()
    if settings.bootstrap_servers is None:
        if services is None:
            raise ServiceUnavailable(
                "no Kafka: run `roi up` for the embedded one, or set "
                "KAFKA_BOOTSTRAP_SERVERS"
            )
        return services.kafka
    servers = tuple(
        name.strip() for name in settings.bootstrap_servers.split(",") if name.strip()
    )
    client: dict[str, Any] = {
        "bootstrap_servers": list(servers),
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.startswith("SASL"):
        assert settings.sasl_password is not None  # the validator has seen to it
        client |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password.get_secret_value(),
        }
    if settings.security_protocol.endswith("SSL"):
        client |= {
            "ssl_cafile": settings.ssl_cafile and str(settings.ssl_cafile),
            "ssl_certfile": settings.ssl_certfile and str(settings.ssl_certfile),
            "ssl_keyfile": settings.ssl_keyfile and str(settings.ssl_keyfile),
            "ssl_password": settings.ssl_password
            and settings.ssl_password.get_secret_value(),
            "ssl_check_hostname": settings.ssl_check_hostname,
        }
    local = (
        {f"{host}:{services.kafka_port}" for host in (Embedded.HOST, "localhost")}
        if services
        else set()
    )
    return Kafka(
        bootstrap_servers=servers, client=client, embedded=set(servers) <= local
    )


def foreign() -> bool:
    """Whether the environment names services instead of leaving it to `roi up`."""
    return read(PostgresSettings).is_set or read(KafkaSettings).is_set


def both() -> tuple[Postgres, Kafka]:
    """Postgres and Kafka, for commands that need both.

    Raises:
        SettingsError: one of the two is set and the other is not, so that data of
            one system would land in another.
        ServiceUnavailable: none is set and `roi up` never ran.
    """
    has_postgres = read(PostgresSettings).is_set
    has_kafka = read(KafkaSettings).is_set
    if has_postgres != has_kafka:
        there, missing = (
            ("PGHOST", "KAFKA_BOOTSTRAP_SERVERS")
            if has_postgres
            else ("KAFKA_BOOTSTRAP_SERVERS", "PGHOST")
        )
        raise SettingsError(
            f"{there} is set and {missing} is not: set both, or neither for the "
            "embedded services"
        )
    return postgres(), kafka()
