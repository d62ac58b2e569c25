"""The two sanitizers after the parser: bleach, then nh3, both configured from one allowlist."""

import re

import nh3
from bleach.sanitizer import Cleaner

from forum.markup.allowlist import TABLE, is_allowed_attribute
from forum.markup.urls import SCHEMES, is_allowed

# nh3 writes every attribute in double quotes; links are never nested
_LINK = re.compile(r'<a((?: [a-z-]+="[^"]*")*)>(.*?)</a>', re.DOTALL)


def _unlink_without_href(link: re.Match[str]) -> str:
    """The link unchanged, or only its text if a sanitizer removed its href."""
    return link[0] if ' href="' in link[1] else link[2]


def _url_if_allowed(address: str) -> str | None:
    return address if is_allowed(address) else None


class Sanitizers:
    """Both sanitizers; bleach's is stateful, so each thread needs its own instance."""

    def __init__(self) -> None:
        self._bleach = Cleaner(tags=frozenset(TABLE), attributes=is_allowed_attribute, protocols=SCHEMES, strip=True)
        listed = {
            tag: {name: set(values) for name, values in attributes.items() if isinstance(values, frozenset)}
            for tag, attributes in TABLE.items()
        }
        free = {
            tag: {name for name, values in attributes.items() if not isinstance(values, frozenset)}
            for tag, attributes in TABLE.items()
        }
        self._nh3 = nh3.Cleaner(
            tags=set(TABLE),
            # without "*" nh3 adds title and lang to every tag
            attributes={**free, "*": set()},
            tag_attribute_values=listed,
            url_schemes=set(SCHEMES),
            url_relative=_url_if_allowed,
            link_rel=None,
        )

    def pass_both(self, html: str) -> str:
        """Sanitize HTML from the parser with two independent sanitizers."""
        return _LINK.sub(_unlink_without_href, self._nh3.clean(self._bleach.clean(html)))

    def pass_last(self, html: str) -> str:
        """Sanitize HTML without user markup with nh3 only, which no input can slow down."""
        return self._nh3.clean(html)
