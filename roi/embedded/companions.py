"""Other processes that belong to a state folder and go when its services go.

The services themselves are found by a mark among their arguments; a loader or a
web server that a command leaves running has none, and is written down here.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil

from roi.embedded import processes


def register(state_dir: Path, process_id: int) -> None:
    """Let `roi down` end a running process too."""
    folder = _folder(state_dir)
    folder.mkdir(parents=True, exist_ok=True)
    # The time of its start tells it from another with a recycled id.
    created = psutil.Process(process_id).create_time()
    draft = folder / f"{process_id}.new"
    draft.write_text(json.dumps(created))
    draft.replace(folder / f"{process_id}.json")


def stop(state_dir: Path) -> int:
    """End those that still run and tell how many there were."""
    living = list(_living(state_dir))
    for process in living:
        processes.stop(process, by=signal.SIGTERM, patience=20)
    for path in _folder(state_dir).glob("*"):
        path.unlink(missing_ok=True)
    return len(living)


def _living(state_dir: Path) -> Iterator[psutil.Process]:
    for path in _folder(state_dir).glob("*.json"):
        try:
            created = json.loads(path.read_text())
            process = psutil.Process(int(path.stem))
            if process.create_time() == created and processes.is_alive(process):
                yield process
        except (ValueError, psutil.NoSuchProcess):
            continue


def _folder(state_dir: Path) -> Path:
    return state_dir / "companions"
