"""`roi explain`: why a registration is attributed as it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class ExplanationFormat(StrEnum):
    """What `--format` takes."""

    table = "table"
    json = "json"


def explain(
    registration_id: Annotated[
        str, typer.Argument(help="The `event_id` of a registration.")
    ],
    output: Annotated[
        ExplanationFormat,
        typer.Option("--format", help="Tables for the eye; JSON is exact."),
    ] = ExplanationFormat.table,
) -> None:
    """Walk one registration from its messages to its credit.

    Shows which copy counts, the status and why, every touch of the device with the
    rule that held for it and why it won or lost, and the credit in every model. Reads
    only; needs a user that may read more than the marts, like roi_transformer.
    """
    from roi import explain as explanations
    from roi import explain_output, settings

    explained = explanations.read(settings.postgres(), registration_id)
    if output is ExplanationFormat.json:
        explain_output.write_json(explained)
    else:
        explain_output.write_tables(explained)
