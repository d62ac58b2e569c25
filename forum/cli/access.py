"""The commands `forum board access` and `forum permissions`: who may do what in a board, and why."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

from typing import TYPE_CHECKING

import click

from forum.cli.boards import board, find_board
from forum.cli.context import Failed, app_context, find_member
from forum.cli.groups import find_group

if TYPE_CHECKING:
    from forum.models import Board
    from forum.site.access import AccessEntry


@board.command("access")
@click.argument("board_id", metavar="ID", type=int)
@click.option(
    "--set",
    "entries",
    multiple=True,
    metavar="GROUP=LEVEL",
    help="An entry of the new list, which replaces the old one; repeat it for each group. "
    "LEVEL is see, reply or start, with +moderate for moderators of the board, or +own for those who see only the "
    "threads that they started.",
)
@click.option("--nobody", is_flag=True, help="Store an empty list: only admins see the board.")
@click.option("--inherit", is_flag=True, help="Remove the list, so that its parent's counts.")
def board_access(*, board_id: int, entries: tuple[str, ...], nobody: bool, inherit: bool) -> None:
    """Show or change the access list of the board ID."""
    from forum.admin.groups.access_actions import set_list
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    chosen = [bool(entries), nobody, inherit]
    if chosen.count(True) > 1:
        raise Failed("Use only one of --set, --nobody and --inherit.")
    with app_context():
        if any(chosen):
            with transaction():
                wanted = None if inherit else [_entry(words) for words in entries]
                is_changed = set_list(OPERATOR, find_board(board_id), wanted)
            click.echo("Changed." if is_changed else "Nothing to change.")
        _show_list(find_board(board_id))


def _entry(words: str) -> "AccessEntry":
    """An entry such as `Members=reply` or `Keepers=start+moderate`. Raises Failed."""
    from forum.models import AccessLevel
    from forum.site.access import AccessEntry

    named, _, rights = words.rpartition("=")
    level, plus, more = rights.partition("+")
    if level not in list(AccessLevel) or (plus and more not in {"moderate", "own"}):
        known = "GROUP=see, GROUP=reply or GROUP=start, and after it +moderate or +own"
        raise Failed(f"{words}: write {known}.")
    return AccessEntry(find_group(named).id, AccessLevel(level), more == "moderate", more == "own")


def _show_list(shown: "Board") -> None:
    """Print the list that counts for a board, and whose it is."""
    from forum.admin.groups.group_actions import groups_in_order
    from forum.site.queries import snapshot

    counting = snapshot().access.counting_for(shown.id)
    if counting.owner is None:
        click.echo("This board has no list, and neither has any board above it. What counts then:")
    elif counting.owner.id == shown.id:
        click.echo("This board has a list of its own:")
    else:
        click.echo(f"This board has the list of {counting.owner.title} ({counting.owner.id}):")
    titles = {group.id: group.title for group in groups_in_order()}
    for entry in counting.entries:
        more = "+moderate" if entry.moderates else "+own" if entry.own_threads_only else ""
        click.echo(f"  {titles[entry.group_id]}={entry.level}{more}")
    if not counting.entries:
        click.echo("  nobody but admins")


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[MEMBER] BOARD")
def permissions(words: tuple[str, ...]) -> None:
    """Show what the MEMBER, or else a guest, may do in the board with the id BOARD, and why."""
    from forum.admin.groups.explanations import explain
    from forum.admin.groups.group_actions import groups_in_order

    *names, number = words
    if len(names) > 1 or not number.isdecimal():
        raise Failed("Name a member, or nobody for a guest, and then the id of a board.")
    with app_context():
        member = find_member(names[0]) if names else None
        explanation = explain(member, find_board(int(number)), {group.id: group for group in groups_in_order()})
        for right in explanation.acts:
            click.echo(f"{right.act:<9} {'yes' if right.is_allowed else 'no':<4} {right.because}")


COMMANDS = (permissions,)
