"""Diagnostic commands of `forum`: `doctor` checks everything, `mail-test` sends a test message."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

import os
from typing import TYPE_CHECKING

import click

from forum.cli.context import Failed, app_context, as_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forum.admin.jobs.job_actions import JobStatus
    from forum.health.checks import Check


@click.command()
def doctor() -> None:
    """Check settings, database, files, mail, jobs, clock and Redis, one line each; exits with 1 on a fault."""
    from forum.health.checks import Level

    is_well = True
    for check in _examine():
        click.echo(check)
        is_well = is_well and check.level is not Level.FAULT
    if not is_well:
        raise SystemExit(1)


def _examine() -> "Iterator[Check]":
    from forum.health import connections, files
    from forum.health import doctor as doctor_
    from forum.health.checks import Level

    settings, results = doctor_.settings_of(os.environ)
    yield from results
    if settings is None:
        return
    yield from files.files(settings)
    database = list(connections.database(settings))
    yield from database
    yield from connections.replica(settings)
    yield from connections.redis(settings)
    yield connections.mail(settings)
    yield from connections.inbox(settings)
    if all(check.level is not Level.FAULT for check in database if check.name != "clock"):
        yield from _running()


def _running() -> "Iterator[Check]":
    """The checks that need an app; an error while creating it becomes a check too."""
    from forum.health import doctor as doctor_
    from forum.health.checks import Check, Level

    try:
        with app_context():
            yield from doctor_.running()
    except Exception as error:
        failure = as_failure(error)
        if not isinstance(failure, Failed):
            raise
        yield Check("forum", Level.FAULT, str(failure))


@click.command("mail-test")
@click.argument("address")
def mail_test(address: str) -> None:
    """Send an e-mail to ADDRESS now and print the mail server's reply."""
    from forum.infra import smtp
    from forum.infra.database.db import current_settings
    from forum.infra.errors import Invalid
    from forum.mail.messages import compose_test
    from forum.members.names import clean_email

    with app_context():
        if not current_settings().mail_url:
            raise Failed("FORUM_MAIL_URL is not set: mail is kept in FORUM_DATA/outbox.")
        try:
            message = compose_test(clean_email(address, field="address"))
        except Invalid as error:
            raise Failed(f"{address!r}: {error.fields['address'][0]}") from error
        try:
            with smtp.connect(current_settings().mail_url) as server:
                reply = smtp.send(server, message, to=address)
        except smtp.SMTP_ERRORS as error:
            raise Failed(f"Mail server error: {smtp.error_text(error)}.") from error
    click.echo(f"The mail server accepted it: {reply}")


@click.command()
@click.option("--run", metavar="JOB", help="Ask for a run of a job at once; a running forum takes it.")
def jobs(run: str | None) -> None:
    """List the recurring jobs: how often, when and how long they ran last, and the last failure."""
    from forum.admin.jobs import job_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context():
        if run:
            with transaction():
                job_actions.run_now(OPERATOR, run)
            click.echo(f"{run} will run in a moment, if the forum is running.")
            return
        for status in job_actions.job_statuses():
            click.echo(_line(status))
        for label, count in job_actions.queues():
            click.echo(f"{label}: {count:,}")


def _line(status: "JobStatus") -> str:
    told = [f"every {status.row.every:g} s" if status.row and status.row.every else ""]
    told.append(f"last run {status.last_run_at:%Y-%m-%d %H:%M:%S} UTC" if status.last_run_at else "not run yet")
    told.append(f"took {status.seconds:.3f} s" if status.seconds is not None else "")
    told.append(f"running on {status.row.node}" if status.row and status.is_running else "")
    told.append("requested" if status.is_requested else "")
    if status.row and status.failed_at:
        told.append(f"failed {status.failed_at:%Y-%m-%d %H:%M:%S} UTC: {status.row.failure}")
    return f"{status.name:<20} {'; '.join(filter(None, told))}"


COMMANDS = (doctor, mail_test, jobs)
