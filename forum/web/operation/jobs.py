"""The page of the recurring jobs: when each ran, how it went, and a button to run it now."""

import math

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin.jobs.job_actions import job_statuses, queues, run_now
from forum.health import checks
from forum.infra.text.messages import Message, say, say_many
from forum.models import Right
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator

blueprint = Blueprint("admin_jobs", __name__, url_prefix="/admin/jobs")


@blueprint.get("")
def jobs_page() -> str:
    """List all jobs, and what waits for them."""
    administrator(Right.RUN_JOBS)
    return render_template(
        "admin/jobs.html", jobs=job_statuses(), queues=queues(), check=checks.jobs(), duration=duration
    )


@blueprint.post("/<job_name>/run")
def run(job_name: str) -> Response:
    """Ask for a run of a job at once."""
    run_now(administrator(Right.RUN_JOBS), job_name)
    return toasts.with_toast(see(f"/admin/jobs#job-{job_name}"), "job-requested")


def duration(seconds: float) -> Message:
    """A time span in words."""
    if seconds < 1:
        return say("%(num)d ms", num=max(1, round(seconds * 1000)))
    whole = math.ceil(seconds)
    if whole < 60:
        return say_many("%(num)d second", "%(num)d seconds", whole)
    if whole < 3600:
        return say_many("%(num)d minute", "%(num)d minutes", round(whole / 60))
    return say_many("%(num)d hour", "%(num)d hours", round(whole / 3600))
