"""The command `forum board`, for what admins change in the browser."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forum.cli.administration import loaded
from forum.cli.context import Failed, app_context

if TYPE_CHECKING:
    from forum.models import Board


@click.group()
def board() -> None:
    """Show, create, change, move and delete boards."""


@board.command("list")
def list_boards() -> None:
    """Show all boards as a tree, with their ids, and who sees those that not everybody sees."""
    from forum.admin.board_actions import boards_in_order
    from forum.admin.groups.access_queries import groups_that_see
    from forum.admin.groups.group_actions import groups_in_order
    from forum.models import BuiltInGroup

    with app_context():
        boards, groups = boards_in_order(), groups_in_order()
        for each in boards.depth_first():
            indent = "  " * (len(boards.ancestors_of(each.id)) - 1)
            told = "category" if each.is_category else f"{each.thread_count:,} threads"
            told += "; closed" if each.is_closed else ""
            seeing = groups_that_see(each, groups)
            if BuiltInGroup.GUESTS not in {group.id for group in seeing}:
                told += f"; seen by {', '.join(group.title for group in seeing) or 'admins only'}"
            click.echo(f"{each.id:>5}  {indent}{each.title} ({told})")


def _board_options(command: Any) -> Any:
    """The options of what can be changed of a board."""
    options = (
        click.option("--description", help="Text under the title on the index."),
        click.option("--parent", type=int, help="Id of the board that contains it; 0 for none."),
        click.option("--rules", help="The board's rules, as Markdown."),
        click.option("--closed/--open", "is_closed", default=None, help="Whether only its moderators write in it."),
        click.option("--category/--no-category", "is_category", default=None, help="Whether it only groups boards."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@board.command("create")
@click.argument("title", metavar="TITLE")
@_board_options
def create_board(title: str, **options: Any) -> None:
    """Create a board with a TITLE."""
    from forum.admin import board_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        made = board_actions.create_board(OPERATOR, _board_values(title=title, **options))
        click.echo(f"Created board {made.id} ({made.path}).")


@board.command("change")
@click.argument("board_id", metavar="ID", type=int)
@click.option("--title", help="New title.")
@_board_options
def change_board(board_id: int, **options: Any) -> None:
    """Change the board ID; what is not given stays as it is."""
    from forum.admin import board_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        changed = board_actions.change_board(OPERATOR, find_board(board_id), _board_values(**options))
    click.echo(f"Changed: {', '.join(changed)}." if changed else "Nothing to change.")


@board.command("move")
@click.argument("board_id", metavar="ID", type=int)
@click.argument("direction", type=click.Choice(["up", "down"]), required=False)
@click.option("--inside", type=int, metavar="ID", help="Put it into the board ID, as the last one; 0 for none.")
@click.option("--position", type=click.IntRange(1), help="Its place among the boards with the same parent, from 1.")
def move_board(*, board_id: int, direction: str | None, inside: int | None, position: int | None) -> None:
    """Move the board ID up or down among its siblings, or to another place."""
    from forum.admin import board_actions, board_order
    from forum.admin.rules import MAX_ROWS, OPERATOR
    from forum.infra.database.db import transaction

    if (direction is None) == (inside is None and position is None):
        raise Failed("Say either up or down, or use --inside and --position.")
    with app_context(), transaction():
        found = find_board(board_id)
        if direction is not None:
            board_actions.move_board(OPERATOR, found, up=direction == "up")
        else:
            parent_id = found.parent_id if inside is None else inside or None
            place = position - 1 if position is not None else MAX_ROWS
            board_order.place_board(OPERATOR, found, parent_id=parent_id, position=place)
    click.echo("Moved.")


@board.command("close")
@click.argument("board_id", metavar="ID", type=int)
def close_board(board_id: int) -> None:
    """Let only its moderators write in the board ID."""
    _set_closed(board_id, is_closed=True)


@board.command("open")
@click.argument("board_id", metavar="ID", type=int)
def open_board(board_id: int) -> None:
    """Let members write in the board ID again."""
    _set_closed(board_id, is_closed=False)


def _set_closed(board_id: int, *, is_closed: bool) -> None:
    from forum.admin import board_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        changed = board_actions.change_board(OPERATOR, find_board(board_id), {"is_closed": is_closed})
    state = "closed" if is_closed else "open"
    click.echo(f"The board is {state}." if changed else f"The board is {state} already.")


@board.command("icon")
@click.argument("board_id", metavar="ID", type=int)
@click.argument("picture", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def set_icon(board_id: int, picture: Path | None) -> None:
    """Store a picture as the icon of the board ID; without a FILE, remove the icon."""
    from forum.admin import board_icons
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context():
        content = board_icons.encode_icon(picture.read_bytes()) if picture else None
        with transaction():
            changed = board_icons.set_icon(OPERATOR, find_board(board_id), content)
    click.echo("Changed." if changed else "Nothing to change.")


@board.command("merge")
@click.argument("board_id", metavar="ID", type=int)
@click.argument("target_id", metavar="TARGET", type=int)
def merge_board(board_id: int, target_id: int) -> None:
    """Move all threads of the board ID to the board TARGET, and delete the board ID."""
    _merge(board_id, target_id)
    click.echo("Merged.")


def _merge(board_id: int, target_id: int) -> None:
    from forum.admin import merges
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context():
        with transaction():
            merges.start_merge(OPERATOR, find_board(board_id), target_id)
        merges.finish(board_id)


@board.command("delete")
@click.argument("board_id", metavar="ID", type=int)
@click.option("--move-threads-to", type=int, metavar="ID", help="Move its threads to the board ID first.")
@click.option("--with-threads", is_flag=True, help="Delete all its threads with it.")
@click.option("--yes", is_flag=True, help="Do not ask before threads are deleted.")
def delete_board(*, board_id: int, move_threads_to: int | None, with_threads: bool, yes: bool) -> None:
    """Delete the board ID; its threads are moved or deleted first, or there must be none."""
    from forum.admin import board_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    if with_threads and move_threads_to is not None:
        raise Failed("Use only one of --move-threads-to and --with-threads.")
    if with_threads:
        _delete_with_threads(board_id, asks=not yes)
    elif move_threads_to is not None:
        _merge(board_id, move_threads_to)
    else:
        with app_context(), transaction():
            board_actions.delete_board(OPERATOR, find_board(board_id))
    click.echo("Deleted.")


def _delete_with_threads(board_id: int, *, asks: bool) -> None:
    from forum.admin import board_deletions, merges
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import session, transaction

    with app_context():
        found = find_board(board_id)
        if merges.merge_of(found) is None:
            content = board_deletions.content_of(found)
            session.rollback()
            members = "" if content.members is None else f" by {content.members:,} members"
            click.echo(f"{content.threads:,} threads with {content.posts:,} posts{members}, deleted ones included.")
            if asks:
                click.confirm("Delete all this? It cannot be undone.", abort=True)
            with transaction():
                board_deletions.start_deletion(OPERATOR, find_board(board_id), seen=content.seen)
        merges.finish(board_id)


def find_board(board_id: int) -> "Board":
    """The board with an id. Raises NotFound."""
    from forum.admin import board_actions
    from forum.infra.errors import NotFound

    try:
        return board_actions.find_board(board_id)
    except NotFound as error:
        raise NotFound(f"There is no board {board_id}.") from error


def _board_values(*, parent: int | None = None, **options: Any) -> dict[str, Any]:
    from forum.schemas.admin.boards import BoardIn

    given = {name: value for name, value in options.items() if value is not None}
    return loaded(BoardIn, given | ({} if parent is None else {"parent_id": str(parent or "")}))


COMMANDS = (board,)
