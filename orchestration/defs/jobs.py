"""What runs by itself, and when.

The schedules are on by default: `dagster dev` is then already an unattended operation,
and where the services are away a run fails and says so.
"""

import dagster as dg

from roi import settings
from roi.settings import OrchestrationSettings

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def definitions(
    *,
    load: dg.AssetsDefinition,
    build: dg.AssetsDefinition,
    checks: dg.AssetChecksDefinition,
) -> dg.Definitions:
    """The jobs with their schedules: ROI_REFRESH_CRON and ROI_FRESHNESS_CRON."""
    limits = settings.read(OrchestrationSettings)
    refresh = dg.define_asset_job(
        "refresh",
        selection=dg.AssetSelection.assets(load, build),
        description="Load what is in the topics, then build and test every model.",
    )
    freshness = dg.define_asset_job(
        "freshness",
        selection=dg.AssetSelection.checks(checks),
        description="See whether the raw tables keep up with their topics.",
    )
    return dg.Definitions(
        jobs=[refresh, freshness],
        schedules=[
            schedule("refresh", limits.refresh_cron),
            schedule("freshness", limits.freshness_cron),
        ],
    )


def schedule(job_name: str, cron: str) -> dg.ScheduleDefinition:
    """A run at every tick, unless the one before is still queued or running."""

    @dg.schedule(
        name=f"{job_name}_schedule",
        job_name=job_name,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def scheduled(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        unfinished = context.instance.get_run_records(
            dg.RunsFilter(job_name=job_name, statuses=UNFINISHED), limit=1
        )
        if unfinished:
            # The next one will take in what has come by then.
            run_id = unfinished[0].dagster_run.run_id
            return dg.SkipReason(f"run {run_id} is not over yet")
        return dg.RunRequest()

    return scheduled
