"""The command `forum setting`, for what admins change in the browser."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

import json
from typing import TYPE_CHECKING, Any

import click

from forum.cli.context import app_context

if TYPE_CHECKING:
    from marshmallow import Schema


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


COMMANDS = (setting,)
