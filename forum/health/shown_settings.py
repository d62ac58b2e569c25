"""The settings of the environment as administration shows them: never a password, key or token."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from forum.infra.settings import Settings


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
            value=_value(getattr(settings, item.name)) if item.repr else "",
            is_set=bool(environ.get(item.metadata["name"])),
            is_secret=not item.repr,
        )
        for item in fields(settings)
    ]


def without_credentials(url: str) -> str:
    """A URL without user, password and query.

    All that is before the last "@" is left out, since a password may contain any character.
    """
    scheme, mark, rest = url.partition("://")
    if not mark or scheme == "sqlite":
        return url
    before, _, address = rest.rpartition("@")
    return f"{scheme}://{'…@' if before else ''}{address.partition('?')[0]}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return " ".join(without_credentials(part) for part in str(value).split(" "))
