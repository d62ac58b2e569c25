"""The two gates behind the parser: bleach, and nh3 as the last one, both made from the one allow-list."""

import re

import nh3
from bleach.sanitizer import Cleaner

from forum.markup.allowlist import TABLE, is_allowed_attribute
from forum.markup.urls import SCHEMES, is_allowed

# nh3 writes every attribute in double quotes; links hold no links
_LINK = re.compile(r'<a((?: [a-z-]+="[^"]*")*)>(.*?)</a>', re.DOTALL)


def _words_of_nowhere(link: re.Match[str]) -> str:
    """A link as it is, or its words alone where a sanitiser took its address away."""
    return link[0] if ' href="' in link[1] else link[2]


def _own_or_nothing(address: str) -> str | None:
    return address if is_allowed(address) else None


class Sanitizers:
    """Both sanitisers; bleach's keeps state while it works, so that each thread needs its own."""

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
            url_relative=_own_or_nothing,
            link_rel=None,
        )

    def pass_both(self, html: str) -> str:
        """HTML from the parser, made safe by two sanitisers that know nothing of each other."""
        return _LINK.sub(_words_of_nowhere, self._nh3.clean(self._bleach.clean(html)))

    def pass_last(self, html: str) -> str:
        """HTML without any markup of a member's, made safe by the last gate alone, which no input makes slow."""
        return self._nh3.clean(html)
