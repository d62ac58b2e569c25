"""A field of the settings' pages, and a section of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from forum.admin.setting_actions import DEFAULTS
from forum.infra.text.messages import Message, say
from forum.interfaces import translate

SETTINGS, APPEARANCE = "/admin/settings", "/admin/appearance"


@dataclass(frozen=True)
class SettingField:
    """A field: `kind` is the macro that draws it, `attributes` are its arguments; `words` are synonyms for the search.

    `default` says the default where the value alone would not.
    """

    name: str
    label: Message
    help: Message
    words: Message
    kind: str = "field"
    attributes: Mapping[str, object] = field(default_factory=dict)
    choices: tuple[tuple[str, Message], ...] = ()
    default: Message | None = None
    page: str = SETTINGS

    @property
    def path(self) -> str:
        """The address of the field on its page."""
        return f"{self.page}#setting-{self.name}"

    @property
    def shown_choices(self) -> list[tuple[str, str]]:
        """The choices in words."""
        return [(value, translate(label)) for value, label in self.choices]

    @property
    def has_default(self) -> bool:
        """Whether it is a setting, and not an act."""
        return self.name in DEFAULTS

    @property
    def shown_default(self) -> str:
        """The default in words; empty if the field is empty by default."""
        value = DEFAULTS.get(self.name, "")
        if self.default is not None:
            return translate(self.default)
        if isinstance(value, bool):
            return translate(say("on") if value else say("off"))
        by_value = dict(self.choices)
        return translate(by_value[str(value)]) if str(value) in by_value else str(value)


@dataclass(frozen=True)
class Section:
    """Some fields under a heading, which has the anchor `name`."""

    name: str
    label: Message
    fields: tuple[SettingField, ...]


def number(most: int, *, least: int = 0) -> dict[str, object]:
    """The attributes of a field for a whole number."""
    return {"type": "number", "min": least, "max": most, "inputmode": "numeric"}


def optional(most: int, **more: object) -> dict[str, object]:
    """The attributes of a field that may be empty."""
    return {"required": False, "maxlength": most, **more}
