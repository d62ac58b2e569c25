"""Parts of pages kept as HTML by all that is shown in them: most were shown to somebody a moment ago."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from forum.site.queries import snapshot

MAX_CACHED_FRAGMENTS = 2000  # parts in a process, posts and rows of lists: about 8 MB
Renderer = Callable[[], Markup]


def cached(make: Renderer, *shown: Hashable) -> Markup:
    """What `make` writes, or what it wrote when the same was to be shown; `shown` must hold all that it uses."""
    return _kept(_Part(make, (snapshot().language, *shown)))


def fixed(template: str, *, for_member: bool = False) -> Markup:
    """A part that is the same for all guests, or all members, until the operator tunes the site."""
    return part(template, for_member, visitor=for_member)


def part(template: str, *shown: Hashable, **given: object) -> Markup:
    """A template with what it is given, the site aside, or what it gave when the same was to be shown."""
    site = snapshot()

    def write() -> Markup:
        html = current_app.jinja_env.get_template(template).render(given, site=site)
        return Markup(html)  # noqa: S704 - a template's own output

    return cached(write, template, site.version, *shown)


def macro(template: str, name: str) -> Any:
    """A macro of a template."""
    return getattr(current_app.jinja_env.get_template(template).module, name)


class _Part:
    """A part that equals another if the same is to be seen of both."""

    def __init__(self, make: Renderer, shown: tuple[Hashable, ...]) -> None:
        self.make: Renderer = make
        self._shown, self._hash = shown, hash(shown)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Part) and self._shown == other._shown


@lru_cache(maxsize=MAX_CACHED_FRAGMENTS)
def _kept(part: _Part) -> Markup:
    html = part.make()
    del part.make  # what was loaded for a request goes with it
    return html
