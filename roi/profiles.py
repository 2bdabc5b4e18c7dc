"""`profiles.yml`, by which dbt finds Postgres.

It is made from `profiles.yml.example`, which leads to the embedded services unless
the environment names others. A file that a person wrote is left alone.
"""

from __future__ import annotations

from pathlib import Path

from roi.settings import PROJECT_ROOT, Embedded

MARK = "# Written by `roi`; without this line it is yours and stays as it is.\n"
DEFAULT_PORT = "'15432'"


def folder(project_root: Path = PROJECT_ROOT) -> Path:
    """The folder of `profiles.yml`, which is made where there is none."""
    target = project_root / "profiles.yml"
    if not target.exists():
        _write(target, project_root, DEFAULT_PORT)
    return project_root


def write(
    state_dir: Path, embedded: Embedded, project_root: Path = PROJECT_ROOT
) -> bool:
    """Let a plain `dbt build` find the embedded Postgres on the port in use.

    Only for the default state folder, and never over a file that a person wrote.

    Returns:
        Whether it was written.
    """
    target = project_root / "profiles.yml"
    if state_dir != project_root / ".roi":
        return False
    if target.exists() and not target.read_text().startswith(MARK):
        return False
    _write(target, project_root, f"'{embedded.postgres_port}'")
    return True


def _write(target: Path, project_root: Path, port: str) -> None:
    example = (project_root / "profiles.yml.example").read_text()
    draft = target.with_suffix(".yml.new")
    draft.write_text(MARK + example.replace(DEFAULT_PORT, port))
    draft.replace(target)
