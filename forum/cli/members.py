"""The commands of `forum` for one member."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

import os
from datetime import datetime
from pathlib import Path

import click

from forum.cli.context import app_context, find_account, find_member, start_of_day, typed_password


@click.command("create-member")
@click.argument("name")
@click.option("--email", required=True, help="E-mail address of the member.")
@click.option("--admin", is_flag=True, help="Make the member an admin.")
@click.option("--unconfirmed", is_flag=True, help="Mail no news to the address until the member has confirmed it.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def create_member(*, name: str, email: str, admin: bool, unconfirmed: bool, password_stdin: bool) -> None:
    """Create an account for NAME. Its e-mail address counts as confirmed, unless you say otherwise."""
    from forum.archive.setup import prepare_database
    from forum.infra.database.db import session
    from forum.members.signup import registration
    from forum.models import Role

    typed = typed_password(is_on_stdin=password_stdin)
    with app_context(needs_tables=False):
        prepare_database()
        role = Role.ADMIN if admin else Role.MEMBER
        given = {"username": name, "email": email, "password": typed}
        member = registration.create_by_operator(**given, role=role, is_confirmed=not unconfirmed)
        session.commit()
        click.echo(f"Created {member.username} ({member.role}, {member.path}).")


@click.command("set-password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--revoke-tokens", is_flag=True, help="Revoke the member's API tokens too.")
def set_password(*, name: str, password_stdin: bool, revoke_tokens: bool) -> None:
    """Set a new password for the member NAME (or E-MAIL) and log them out everywhere."""
    from forum.infra.database.db import current_settings, session
    from forum.members import actions

    with app_context():
        username = find_account(name).username  # fails before the password prompt
        session.rollback()
        typed = typed_password(is_on_stdin=password_stdin)
        member = find_account(name)
        actions.set_password(member, new=typed, home=current_settings().base_url, end_tokens=revoke_tokens)
        session.commit()
    click.echo(f"{username} has a new password and is logged out everywhere.")


@click.command("set-role")
@click.argument("name")
@click.argument("role", type=click.Choice(["member", "moderator", "admin"]))
def set_role(name: str, role: str) -> None:
    """Change the role of the member NAME."""
    from forum.infra.database.db import transaction
    from forum.members import roles
    from forum.models import Role

    with app_context(), transaction():
        member = find_member(name)
        roles.change_role(None, member, Role(role))
        click.echo(f"{member.username} now has the role {role}.")


@click.command("rename-member")
@click.argument("name")
@click.argument("new_name")
def rename_member(name: str, new_name: str) -> None:
    """Give the member NAME another name; the old one stays theirs for a year."""
    from forum.admin.members.renames import rename
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        member = find_account(name)
        was = member.username
        rename(OPERATOR, member, new_name)
        click.echo(f"{was} is now {member.username}.")


@click.command("export-member")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_member(name: str, file: Path) -> None:
    """Write everything about the member NAME into a new ZIP file, readable for its owner only."""
    from forum.accounts.own_data import log_download, write_own_data
    from forum.infra.database.db import transaction

    with app_context():
        member = find_account(name)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            count = write_own_data(member, opened)
        with transaction():
            log_download(None, find_account(name))
        click.echo(f"Wrote {count:,} rows about {name} to {file}.")


@click.command("erase-member")
@click.argument("name")
@click.option("--posts", type=click.Choice(["keep", "delete"]), default="keep", show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_member(*, name: str, posts: str, yes: bool) -> None:
    """Erase the account of the member NAME now; it cannot be undone."""
    from forum.accounts import erasing
    from forum.accounts.closing import close_for_member
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context():
        member_id = find_account(name).id
        if not yes:
            click.confirm(f"Erase the account of {name}, and {posts} the posts?", abort=True)
        with transaction():
            close_for_member(OPERATOR, find_account(name), at_once=True, deletes_posts=posts == "delete")
        erasing.finish(member_id)
    click.echo(f"{name} is erased; “Deleted member {member_id}” remains.")


@click.command("merge-members")
@click.argument("name")
@click.argument("target")
@click.option("--yes", is_flag=True, help="Do not ask.")
def merge_members(*, name: str, target: str, yes: bool) -> None:
    """Move all that belongs to the member NAME to another one; it cannot be undone."""
    from forum.accounts import merging
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context():
        member_id = find_account(name).id
        if not yes:
            click.confirm(f"Merge the account of {name} into that of {target}?", abort=True)
        with transaction():
            merging.start_merge(OPERATOR, find_account(name), find_account(target))
        merging.finish(member_id)
    click.echo(f"All that belonged to {name} belongs to {target} now.")


@click.command()
@click.argument("name")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day on which the ban ends, e.g. 2027-05-12.")
@click.option("--reason", default="", help="Reason shown to NAME on login.")
def ban(name: str, until: datetime | None, reason: str) -> None:
    """Ban the member NAME, permanently or until a day; logs out their devices and revokes their API tokens."""
    from forum.infra.database.db import transaction
    from forum.members import sanctions

    with app_context(), transaction():
        member = find_member(name)
        sanctions.impose_ban(None, member, reason=reason, until=start_of_day(until))
        click.echo(f"{member.username} is banned{f' until {until.date()}' if until else ''}.")


@click.command()
@click.argument("name")
def unban(name: str) -> None:
    """Lift the ban of the member NAME."""
    from forum.infra.database.db import transaction
    from forum.members import sanctions

    with app_context(), transaction():
        member = find_member(name)
        was_banned = sanctions.lift_ban(None, member)
        click.echo(f"{member.username} can log in again." if was_banned else f"{member.username} was not banned.")


@click.group("two-factor")
def two_factor() -> None:
    """Help members who cannot log in with a code."""


@two_factor.command("off")
@click.argument("name")
def turn_off_two_factor(name: str) -> None:
    """Turn off two-factor authentication of the member NAME (or E-MAIL), who has lost phone and recovery codes."""
    from forum.admin.members import member_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import current_settings, transaction

    with app_context(), transaction():
        member = find_account(name)
        was_on = member_actions.turn_off_two_factor(OPERATOR, member, home=current_settings().base_url)
        off = "logs in with the password alone now" if was_on else "has no two-factor authentication"
        click.echo(f"{member.username} {off}.")


@click.command()
@click.argument("name")
@click.option("--board", type=int, help="Id of the board in which NAME is muted, and those inside it (default: all).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day on which the mute ends, e.g. 2027-05-12.")
@click.option("--reason", default="", help="Reason shown to NAME where they cannot write.")
def mute(name: str, board: int | None, until: datetime | None, reason: str) -> None:
    """Stop the member NAME from writing and reacting, permanently or until a day; they can still read."""
    from forum.infra.database.db import transaction
    from forum.members import sanctions

    with app_context(), transaction():
        member, end = find_member(name), start_of_day(until)
        sanctions.impose_mute(None, member, board_id=board, reason=reason, until=end)
        click.echo(f"{member.username} is muted{f' until {until.date()}' if until else ''}.")


@click.command()
@click.argument("name")
@click.option("--board", type=int, help="Id of the board of the mute (default: the one for the whole forum).")
def unmute(name: str, board: int | None) -> None:
    """Lift the mute of the member NAME."""
    from forum.infra.database.db import transaction
    from forum.members import sanctions

    with app_context(), transaction():
        member = find_member(name)
        was_muted = sanctions.lift_mute(None, member, board_id=board)
        click.echo(f"{member.username} can write again." if was_muted else f"{member.username} was not muted there.")


@click.command()
@click.argument("name")
@click.option(
    "--scope", default="read", show_default=True, help="Comma-separated list of read, write, moderate and admin."
)
@click.option(
    "--label", default="created by the operator", show_default=True, help="Name of the token in the member's list."
)
def token(name: str, scope: str, label: str) -> None:
    """Create an API token for the member NAME and print it; it cannot be shown again."""
    from forum.infra.database.db import transaction
    from forum.members.credentials import api_tokens

    with app_context(), transaction():
        secret = api_tokens.make(
            find_member(name), name=label, scopes=[part.strip() for part in scope.split(",") if part.strip()]
        )
    click.echo(secret)


@click.command()
@click.option("--email", default="", help="Mail the link to this address too, if mail is set up.")
@click.option("--as", "inviter", metavar="NAME", default="", help="Member who counts as the one who invited.")
def invite(email: str, inviter: str) -> None:
    """Create an invitation and print its link, with which one person can register."""
    from forum.infra.database.db import current_settings, transaction
    from forum.members.signup import invitations

    with app_context(), transaction():
        by, home = find_member(inviter) if inviter else None, current_settings().base_url
        click.echo(home + invitations.path_of(invitations.invite_by_operator(by, email=email, home=home)))


COMMANDS = (
    create_member,
    set_password,
    set_role,
    rename_member,
    export_member,
    erase_member,
    merge_members,
    ban,
    unban,
    mute,
    unmute,
    two_factor,
    token,
    invite,
)
