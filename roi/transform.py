"""`dbt build`, run as a child process with the settings of this product."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

from roi import profiles, settings
from roi.errors import RoiError
from roi.settings import PROJECT_ROOT, Postgres

_STEP = re.compile(r"(\d+) of (\d+) (?:OK|PASS|WARN|ERROR|FAIL|SKIP|NO-OP)")
_PROBLEM = re.compile(r"\b(?:ERROR|FAIL)\b|(?:Compilation|Database|Runtime) Error")
_TAIL_LINES = 25


def build(
    postgres: Postgres,
    *,
    seeds: Path | None = None,
    report: Callable[[int, float], None] = lambda done, share: None,
) -> None:
    """Build and test every seed and model.

    Args:
        postgres: where.
        seeds: a folder of seeds instead of the one of the settings.
        report: told how many of dbt's steps are done, as a count and as a share.

    Raises:
        RoiError: a model or a test failed; the message says which, and what dbt
            printed last goes to standard error before it.
    """
    project = settings.project()
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--no-use-colors"]
    command += ["--profiles-dir", str(profiles.folder())]
    if project.dbt_vars:
        command += ["--vars", json.dumps(project.dbt_vars)]
    environment = (
        os.environ
        | postgres.environment()
        | {"ROI_SEEDS": str((seeds or project.seeds).resolve())}
    )
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    problems: list[str] = []
    with subprocess.Popen(
        command,
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        assert child.stdout is not None
        try:
            for line in child.stdout:
                tail.append(line.rstrip())
                if match := _STEP.search(line):
                    report(int(match[1]), int(match[1]) / int(match[2]))
                    if _PROBLEM.search(line):
                        problems.append(line.strip())
        except BaseException:
            # Whoever interrupts us means dbt as well; it cancels its queries.
            child.terminate()
            raise
    if child.returncode:
        print("\n".join(tail), file=sys.stderr)
        raise RoiError(
            "dbt build failed"
            + (f" in {len(problems)} places, first: {problems[0]}" if problems else "")
            + "; what it printed last stands above, the rest in logs/dbt.log"
        )
