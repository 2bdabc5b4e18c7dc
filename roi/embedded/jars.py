"""The jars of Apache Kafka, from Maven Central, each checked against its hash."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tenacity

from roi.embedded.locks import exclusive
from roi.errors import ServiceUnavailable
from roi.settings import PROJECT_ROOT

LOCK = Path(__file__).with_name("kafka.lock")
"""One line a jar: `group:artifact:version sha256`."""

CACHE = PROJECT_ROOT / ".roi" / "cache"
"""Shared by every state folder of this checkout."""

_DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Jar:
    """A line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """Its file name."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> Path:
        """Where a Maven repository keeps it."""
        return Path(*self.group.split("."), self.artifact, self.version, self.name)


def sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locked() -> tuple[Jar, ...]:
    """Every jar of the lock."""
    jars = []
    for line in LOCK.read_text().splitlines():
        coordinates, digest = line.split()
        group, artifact, version = coordinates.split(":")
        jars.append(Jar(group=group, artifact=artifact, version=version, sha256=digest))
    return tuple(jars)


def fetch(report: Callable[[str], None], cache: Path = CACHE) -> Path:
    """The folder with all of them; downloads what is missing.

    An interrupted download is taken up where it stopped; of several processes one
    downloads and the others wait.

    Args:
        report: is told what is happening, in a few words.
        cache: where the jars are kept.

    Raises:
        ServiceUnavailable: Maven Central does not answer, or sends something else.
    """
    # The lock's own hash names the folder: another version is another folder.
    folder = cache / f"kafka-{sha256(LOCK)[:12]}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    wait = "Kafka: waiting for a download of another process"
    with exclusive(cache / "lock", lambda: report(wait)):
        if not folder.is_dir():
            _assemble(folder, report)
    return folder


def _assemble(folder: Path, report: Callable[[str], None]) -> None:
    # Only the first start downloads; nothing of jgo is needed after it.
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    jars = locked()
    draft = folder.with_suffix(".new")  # what is whole in it stays for the next time
    draft.mkdir(exist_ok=True)
    downloads = folder.parent / "downloads"
    context = MavenContext(
        repo_cache=downloads, remote_repos={"central": MAVEN_CENTRAL_URL}
    )
    report(f"Kafka: downloading (0 of {len(jars)} jars)")
    pool = ThreadPoolExecutor(_DOWNLOADS_AT_ONCE)
    try:
        tasks = [pool.submit(_obtain, jar, draft, context) for jar in jars]
        for done, task in enumerate(as_completed(tasks), start=1):
            task.result()
            report(f"Kafka: downloading ({done} of {len(jars)} jars)")
    except (OSError, RuntimeError) as error:
        raise ServiceUnavailable(
            f"Apache Kafka could not be downloaded from {MAVEN_CENTRAL_URL} "
            f"({type(error).__name__}): check the network (HTTPS_PROXY is heeded) and "
            "run the same command again; what has arrived is kept"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
    shutil.rmtree(downloads, ignore_errors=True)
    draft.replace(folder)


@tenacity.retry(
    retry=tenacity.retry_if_exception_type((OSError, RuntimeError)),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_exponential(max=4),
    reraise=True,
)
def _obtain(jar: Jar, draft: Path, context: Any) -> None:
    target = draft / jar.name
    if _is_whole(target, jar):
        return
    theirs = Path.home() / ".m2" / "repository" / jar.path
    if _is_whole(theirs, jar):  # Maven, or another clone, has been here before
        shutil.copyfile(theirs, target)
        return
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version)
    download: Path = context.repo_cache / jar.path
    download.unlink(missing_ok=True)
    artifact.artifact().resolve()
    # jgo only warns of a wrong checksum.
    if not _is_whole(download, jar):
        raise RuntimeError(f"{jar.name} is not what the lock says")
    download.replace(target)


def _is_whole(path: Path, jar: Jar) -> bool:
    return path.is_file() and sha256(path) == jar.sha256
