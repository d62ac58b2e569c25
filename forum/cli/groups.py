"""The command `forum group`: create, change and delete groups, and change who is in them."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from forum.cli.administration import loaded
from forum.cli.context import app_context, find_member, start_of_day

if TYPE_CHECKING:
    from forum.models import Group


def find_group(named: str) -> "Group":
    """The group with a title or an id. Raises NotFound."""
    from forum.admin.groups.group_actions import groups_in_order
    from forum.infra.errors import NotFound

    groups = groups_in_order()
    by_title = next((group for group in groups if group.title == named), None)
    found = by_title or next((group for group in groups if str(group.id) == named), None)
    if found is None:
        raise NotFound(f"There is no group {named}.")
    return found


@click.group()
def group() -> None:
    """Show, create, change and delete groups, and change who is in them. A GROUP is a title or an id."""


@group.command("list")
def list_groups() -> None:
    """Show all groups with their ids."""
    from forum.admin.groups.group_actions import groups_in_order

    with app_context():
        for each in groups_in_order():
            told = " (built in)" if each.is_built_in else ""
            words = f": {each.description}" if each.description else ""
            click.echo(f"{each.id:>5}  {each.title}{told}{words}")


def _group_options(command: Any) -> Any:
    """The options of what can be changed of a group."""
    options = (
        click.option("--description", help="What the group is for."),
        click.option("--banner-text", help="Shown beside the names of its members."),
        click.option("--banner-colour", metavar="#RRGGBB", help="Of the banner."),
        click.option("--edit-minutes", metavar="N", help="For how long they may edit their posts; none: no longer."),
        click.option("--min-messages", metavar="N", help="Who has N messages is in it; none: no condition."),
        click.option("--min-days", metavar="N", help="Who joined N days ago is in it."),
        click.option("--min-score", metavar="N", help="Who has a reaction score of N is in it."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _given(**options: str | None) -> dict[str, str]:
    """The options that were given, as a form sends them."""
    conditions = {"min_messages", "min_days", "min_score", "edit_minutes"}
    given = {name: value for name, value in options.items() if value is not None}
    return {name: "" if name in conditions and value == "none" else value for name, value in given.items()}


@group.command("create")
@click.argument("title", metavar="TITLE")
@_group_options
def create_group(title: str, **options: str | None) -> None:
    """Create a group with a TITLE."""
    from forum.admin.groups import group_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction
    from forum.schemas.admin.groups import NewGroupIn

    with app_context(), transaction():
        given = loaded(NewGroupIn, _given(title=title, **options))
        made = group_actions.create_group(OPERATOR, given)
        click.echo(f"Created group {made.id}.")


@group.command("change")
@click.argument("named", metavar="GROUP")
@click.option("--title", help="New title.")
@_group_options
def change_group(named: str, **options: str | None) -> None:
    """Change the GROUP; what is not given stays as it is."""
    from forum.admin.groups import group_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction
    from forum.schemas.admin.groups import GroupIn

    with app_context(), transaction():
        given = loaded(GroupIn, _given(**options))
        changed = group_actions.change_group(OPERATOR, find_group(named), given)
    click.echo(f"Changed: {', '.join(changed)}." if changed else "Nothing to change.")


@group.command("rights")
@click.argument("named", metavar="GROUP")
@click.option("--give", multiple=True, metavar="RIGHT", help="Give the group this right; may be repeated.")
@click.option("--take", multiple=True, metavar="RIGHT", help="Take this right from the group; may be repeated.")
def group_rights(named: str, give: tuple[str, ...], take: tuple[str, ...]) -> None:
    """Show the rights of the GROUP, after giving it some or taking them from it."""
    from forum.admin.groups import right_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction
    from forum.infra.errors import NotFound
    from forum.models import Right

    unknown = next((name for name in (*give, *take) if name not in set(Right)), None)
    if unknown is not None:
        raise NotFound(f"There is no right {unknown}. There are: {', '.join(Right)}.")
    with app_context(), transaction():
        found = find_group(named)
        if give or take:
            rights = (right_actions.rights_of(found) | set(map(Right, give))) - set(map(Right, take))
            right_actions.set_rights(OPERATOR, found, rights)
        held = right_actions.rights_of(found)
        for right in Right:
            click.echo(f"{'yes' if right in held else 'no':<4} {right}")


@group.command("delete")
@click.argument("named", metavar="GROUP")
def delete_group(named: str) -> None:
    """Delete the GROUP, its memberships and its entries in access lists."""
    from forum.admin.groups import group_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        group_actions.delete_group(OPERATOR, find_group(named))
    click.echo("Deleted.")


@group.command("add")
@click.argument("named", metavar="GROUP")
@click.argument("name", metavar="MEMBER")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day on which it ends, e.g. 2027-05-12.")
def add_member(named: str, name: str, until: datetime | None) -> None:
    """Put the MEMBER into the GROUP, for good or until a day."""
    from forum.admin.groups import group_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction

    with app_context(), transaction():
        found, member = find_group(named), find_member(name)
        group_actions.add_member(OPERATOR, found, member, until=start_of_day(until))
        click.echo(f"{member.username} is in {found.title}{f' until {until.date()}' if until else ''}.")


@group.command("remove")
@click.argument("named", metavar="GROUP")
@click.argument("name", metavar="MEMBER")
def remove_member(named: str, name: str) -> None:
    """Take the MEMBER out of the GROUP."""
    from forum.admin.groups import group_actions
    from forum.admin.rules import OPERATOR
    from forum.infra.database.db import transaction
    from forum.infra.errors import NotFound

    with app_context(), transaction():
        found, member = find_group(named), find_member(name)
        try:
            group_actions.remove_member(OPERATOR, found, member)
        except NotFound as error:
            raise NotFound(f"{member.username} is not in {found.title}.") from error
        click.echo(f"{member.username} is no longer in {found.title}.")


COMMANDS = (group,)
