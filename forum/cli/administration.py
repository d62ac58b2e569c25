"""The commands `forum setting` and `forum board`, for what admins change in the browser."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

import json
from typing import TYPE_CHECKING, Any

import click

from forum.cli.context import app_context

if TYPE_CHECKING:
    from marshmallow import Schema

    from forum.models import Board


@click.group()
def setting() -> None:
    """Show and change the site's settings; a running forum uses them at once."""


@setting.command("list")
def list_settings() -> None:
    """Show all settings as JSON."""
    from forum.admin.setting_actions import stored_settings

    with app_context():
        click.echo(json.dumps(stored_settings(), ensure_ascii=False, indent=2))


@setting.command("get")
@click.argument("name")
def get_setting(name: str) -> None:
    """Show the value of the setting NAME."""
    from forum.admin.setting_actions import stored_settings

    with app_context():
        value = stored_settings()[_known(name)]
    click.echo(str(value).lower() if isinstance(value, bool) else value)


@setting.command("set", context_settings={"ignore_unknown_options": True})  # VALUE may begin with a hyphen
@click.argument("name")
@click.argument("value", metavar="VALUE")
def set_setting(name: str, value: str) -> None:
    """Store VALUE as the setting NAME; true or false for a switch."""
    from forum.admin.rules import OPERATOR
    from forum.admin.setting_actions import change_settings
    from forum.infra.database.db import transaction
    from forum.schemas.admin.settings import SettingsIn

    with app_context(), transaction():
        changed = change_settings(OPERATOR, loaded(SettingsIn, {_known(name): value}))
    click.echo(f"{name} is changed." if changed else f"{name} already has this value.")


def _known(name: str) -> str:
    from forum.admin.setting_actions import NAMES
    from forum.infra.errors import NotFound

    if name not in NAMES:
        raise NotFound(f"There is no setting {name}. There are: {', '.join(NAMES)}.")
    return name


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
@click.argument("direction", type=click.Choice(["up", "down"]))
def move_board(board_id: int, direction: str) -> None:
    """Move the board ID up or down among its siblings."""
    from forum.admin import board_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        board_actions.move_board(OPERATOR, find_board(board_id), up=direction == "up")
    click.echo("Moved.")


@board.command("delete")
@click.argument("board_id", metavar="ID", type=int)
@click.option("--move-threads-to", type=int, metavar="ID", help="Move its threads to the board ID first.")
def delete_board(board_id: int, move_threads_to: int | None) -> None:
    """Delete the board ID; its threads are moved first, or there must be none."""
    from forum.admin import board_actions, merges
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context():
        if move_threads_to is None:
            with transaction():
                board_actions.delete_board(OPERATOR, find_board(board_id))
        else:
            with transaction():
                merges.start_merge(OPERATOR, find_board(board_id), move_threads_to)
            merges.finish(board_id)
    click.echo("Deleted.")


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


def loaded(schema: "type[Schema]", given: dict[str, Any]) -> dict[str, Any]:
    """Values from the command line, validated by a schema like those of a form. Raises Invalid."""
    from marshmallow import ValidationError

    from forum.infra.errors import Invalid
    from forum.schemas.shapes import as_form

    try:
        loaded: dict[str, Any] = as_form(schema).load(given)
    except ValidationError as error:
        raise Invalid({str(name): list(items) for name, items in error.messages_dict.items()}) from error
    return loaded


COMMANDS = (setting, board)
