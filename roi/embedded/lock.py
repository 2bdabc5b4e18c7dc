"""Writes `kafka.lock`: every jar that Apache Kafka needs, pinned by its hash.

To move to another version, change `COORDINATES` and run
`python -m roi.embedded.lock`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Dependency, MavenContext

from roi.embedded.jars import LOCK, sha256

COORDINATES = (
    ("org.apache.kafka", "kafka_2.13", "4.3.1"),
    # Kafka logs to a file of ours by the simplest binding there is.
    ("org.slf4j", "slf4j-simple", "2.0.17"),
)


def main() -> None:
    """Resolve the coordinates on Maven Central and write the lock."""
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(
            repo_cache=Path(folder), remote_repos={"central": MAVEN_CENTRAL_URL}
        )
        wanted = [
            Dependency(
                context.project(group, artifact).at_version(version).artifact(),
                scope="compile",
            )
            for group, artifact, version in COORDINATES
        ]
        direct, transitive = context.resolver.resolve(wanted)
        artifacts = {
            each.artifact
            for each in (*direct, *transitive)
            if each.scope in ("compile", "runtime")
        }
        lines = sorted(
            f"{each.groupId}:{each.artifactId}:{each.version} {sha256(each.resolve())}"
            for each in artifacts
        )
    LOCK.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
