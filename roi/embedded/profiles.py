"""`profiles.yml`, so that a plain `dbt build` finds the embedded Postgres."""

from __future__ import annotations

from pathlib import Path

from roi.settings import PROJECT_ROOT, Embedded

MARK = "# Written by `roi up`; without this line it is yours and stays as it is.\n"
DEFAULT_PORT = "'15432'"


def write(
    state_dir: Path, embedded: Embedded, project_root: Path = PROJECT_ROOT
) -> bool:
    """Write it from `profiles.yml.example`, with the port in use as the default.

    Only for the default state folder, and never over a file that a person wrote.

    Returns:
        Whether it was written.
    """
    example, target = (
        project_root / "profiles.yml.example",
        project_root / "profiles.yml",
    )
    if state_dir != project_root / ".roi" or not example.exists():
        return False
    if target.exists() and not target.read_text().startswith(MARK):
        return False
    text = example.read_text().replace(DEFAULT_PORT, f"'{embedded.postgres_port}'")
    draft = target.with_suffix(".yml.new")
    draft.write_text(MARK + text)
    draft.replace(target)
    return True
