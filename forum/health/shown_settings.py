"""The settings of the environment as administration shows them: never a password, key or token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from forum.infra.settings import Settings

_SQLITE = re.compile(r"(sqlite:///[^@?#]*)(?P<query>\?[^@#]*)?")
_PLAIN = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^\s@/?#]*@)?"
    r"(?P<address>(?:[A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._/-]*)?)(?P<query>\?[^@#]*)?"
)


@dataclass(frozen=True)
class ShownSetting:
    """A setting; `value` is empty for one that is secret or not set."""

    name: str
    help_text: str
    value: str
    is_set: bool
    is_secret: bool


def shown_settings(settings: Settings, environ: Mapping[str, str]) -> list[ShownSetting]:
    """All settings with their values in this process, and whether the environment sets them."""
    return [
        ShownSetting(
            name=item.metadata["name"],
            help_text=item.metadata["help"],
            value=_value(item.name, getattr(settings, item.name)) if item.repr else "",
            is_set=bool(environ.get(item.metadata["name"])),
            is_secret=not item.repr,
        )
        for item in fields(settings)
    ]


def without_credentials(url: str) -> str:
    """A URL without user, password and query; only its scheme if it is not clear where these begin and end.

    Programs differ in that, as a password may contain any character.
    """
    if file := _SQLITE.fullmatch(url):
        return file[1] + ("?…" if file["query"] else "")
    if plain := _PLAIN.fullmatch(url):
        user, query = "…@" if plain["user"] else "", "?…" if plain["query"] else ""
        return f"{plain['scheme']}{user}{plain['address']}{query}"
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url)
    return f"{scheme[0] if scheme else ''}…"


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return without_credentials(str(value)) if value and name.endswith("_url") else str(value)
