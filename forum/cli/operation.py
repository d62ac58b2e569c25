"""The commands `forum mail`, for e-mails that are not sent yet, and `forum backups`, for those that the forum makes."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

import click

from forum.cli.context import Failed, app_context

STATES = {
    "waiting": "",
    "limited": "waits for a limit",
    "paused": "waits for its domain",
    "retried": "",
    "given_up": "given up",
}


@click.group()
def mail() -> None:
    """Show, retry and drop e-mails that are not sent yet."""


@mail.command("list")
@click.option("--given-up", is_flag=True, help="Only those that are not tried again.")
@click.option("--page", default=1, show_default=True, type=click.IntRange(1, 100), help="Page of 50 messages.")
def list_mail(*, given_up: bool, page: int) -> None:
    """Show the queue, the oldest message first; recipients are masked."""
    from forum.mail.queue import queue_page

    with app_context():
        rows, shown = queue_page(page, only_given_up=given_up)
    for row in rows:
        state, next_try = STATES[row.state], f"next try {row.try_after:%Y-%m-%d %H:%M} UTC" if row.try_after else ""
        attempts = f"{row.attempts} attempt{'s' if row.attempts != 1 else ''}"
        about = f"{row.created_at:%Y-%m-%d %H:%M}  {row.recipient}  {row.subject}"
        click.echo(f"{row.id:>6}  {about}: {', '.join(filter(None, (attempts, state, next_try, row.last_error)))}")
    click.echo(f"{shown.total:,} in all." if rows else "Nothing is waiting.")


@mail.command("stopped")
@click.option("--page", default=1, show_default=True, type=click.IntRange(1, 100), help="Page of 50 addresses.")
def list_stopped(page: int) -> None:
    """Show the members to whose addresses no mail is sent, and why; addresses are masked."""
    from forum.mail.failed.stopped import stopped_page

    with app_context():
        rows, shown = stopped_page(page)
        for row in rows:
            when, why = f"{row.member.email_stopped_at:%Y-%m-%d %H:%M}", row.member.email_stop_reason
            click.echo(", ".join(filter(None, (f"{when}  {row.member.username}  {row.address}: {why}", row.words))))
    click.echo(f"{shown.total:,} in all." if rows else "No address is stopped.")


@mail.command("lift")
@click.argument("name")
def lift_stop(name: str) -> None:
    """Send mail to the stopped address of the member NAME again."""
    from forum.admin.operation import mail as actions
    from forum.admin.rules import OPERATOR
    from forum.cli.context import find_member
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        actions.use_address_again(OPERATOR, find_member(name).id)
    click.echo("Mail is sent to this address again.")


@mail.command("retry")
@click.argument("mail_id", metavar="[ID]", type=int, required=False)
@click.option("--all", "is_all", is_flag=True, help="All messages.")
def retry_mail(*, mail_id: int | None, is_all: bool) -> None:
    """Let the message ID be sent now, also if it was given up."""
    from forum.admin.operation import mail as actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    if (mail_id is None) != is_all:
        raise Failed("Name a message, or use --all.")
    with app_context(), transaction():
        if mail_id is None:
            count = actions.retry_all(OPERATOR)
        else:
            actions.retry(OPERATOR, mail_id)
            count = 1
    click.echo(f"{count:,} message{'s' if count != 1 else ''} will be sent within seconds if jobs run.")


@mail.command("drop")
@click.argument("mail_id", metavar="ID", type=int)
def drop_mail(mail_id: int) -> None:
    """Delete the message ID without sending it."""
    from forum.admin.operation import mail as actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        actions.drop(OPERATOR, mail_id)
    click.echo("Deleted.")


@click.group()
def backups() -> None:
    """Show the backups in FORUM_DATA/backups, and when they are made."""


@backups.command("list")
def list_backups() -> None:
    """Show the backups on this machine, newest first."""
    from forum.backups.files import listed
    from forum.infra.settings import from_environment

    found = listed(from_environment())
    for each in found:
        about = f"{each.made_at:%Y-%m-%d %H:%M} UTC  {each.byte_size:>15,} bytes  version {each.version}"
        click.echo(f"{about}  {each.path}")
    if not found:
        click.echo("There is no backup yet.")


@backups.command("schedule")
@click.option("--every", type=click.Choice(["off", "day", "week"]), help="Week: on Mondays.")
@click.option("--hour", type=click.IntRange(0, 23), help="Hour in UTC.")
@click.option("--keep", type=click.IntRange(1, 1000), help="Number to keep.")
def schedule_backups(*, every: str | None, hour: int | None, keep: int | None) -> None:
    """Show or change when backups are made; what is not given stays as it is."""
    from forum.admin.operation.backups import change_schedule
    from forum.admin.rules import OPERATOR
    from forum.backups.schedule import current_schedule
    from forum.infra.database.db import transaction

    given = {"backup_every": every, "backup_hour": hour, "backup_keep": keep}
    with app_context():
        with transaction():
            change_schedule(OPERATOR, {name: value for name, value in given.items() if value is not None})
        schedule = current_schedule()
    click.echo(f"every={schedule.every} hour={schedule.hour} keep={schedule.keep}")


COMMANDS = (mail, backups)
