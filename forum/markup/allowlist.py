"""The allowlist of tags and attributes in a post's HTML, used by both bleach and nh3."""

from collections.abc import Mapping
from enum import Enum

from forum.markup.urls import is_allowed_in_html


class Value(Enum):
    """The type of an attribute whose values cannot be listed."""

    TEXT = "text"
    ADDRESS = "address"
    NUMBER = "number"


Allowed = Value | frozenset[str]

LINK_REL = "nofollow ugc noopener"
FOCUS = frozenset({"0"})
ALIGN = frozenset({"left", "center", "right"})


def _only(*values: str) -> frozenset[str]:
    return frozenset(values)


TABLE: Mapping[str, Mapping[str, Allowed]] = {
    "p": {"class": _only("quote-by")},
    "br": {},
    "hr": {},
    "h3": {},
    "h4": {},
    "h5": {},
    "h6": {},
    "em": {},
    "strong": {},
    "s": {},
    "code": {},
    # Elements that scroll horizontally must be focusable by keyboard.
    "pre": {"tabindex": FOCUS},
    "blockquote": {"class": _only("quote")},
    "ul": {},
    "ol": {"start": Value.NUMBER},
    "li": {},
    "a": {"href": Value.ADDRESS, "title": Value.TEXT, "rel": _only(LINK_REL), "class": _only("mention")},
    "img": {
        "src": Value.ADDRESS,
        "alt": Value.TEXT,
        "title": Value.TEXT,
        "loading": _only("lazy"),
        "referrerpolicy": _only("no-referrer"),
    },
    "table": {},
    "thead": {},
    "tbody": {},
    "tr": {},
    "th": {"align": ALIGN},
    "td": {"align": ALIGN},
    "details": {"class": _only("spoiler")},
    "summary": {},
    "div": {"class": _only("link-card", "table-scroll"), "tabindex": FOCUS},
    "span": {"class": _only("smilie", "task"), "role": _only("img"), "title": Value.TEXT, "aria-label": Value.TEXT},
}


def is_allowed_attribute(tag: str, attribute: str, value: str) -> bool:
    """Whether the allowlist permits an attribute with this raw value on a tag."""
    allowed = TABLE.get(tag, {}).get(attribute)
    if allowed is None:
        return False
    if isinstance(allowed, frozenset):
        return value in allowed
    if allowed is Value.ADDRESS:
        return is_allowed_in_html(value)
    return allowed is Value.TEXT or (value.isascii() and value.isdecimal() and len(value) <= 9)
