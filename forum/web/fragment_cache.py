"""Cache of page fragments as HTML, keyed by everything that they show."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from forum.site.queries import snapshot

MAX_CACHED_FRAGMENTS = 2000  # per process, posts and list rows: about 8 MB
Renderer = Callable[[], Markup]


def cached(make: Renderer, *shown: Hashable) -> Markup:
    """The cached result of `make` for the key `shown`, which must contain everything that `make` uses."""
    return _rendered(_Part(make, (snapshot().language, *shown)))


def fixed(template: str, *, for_member: bool = False) -> Markup:
    """A template that is the same for all guests, or all members, until the site's settings change."""
    return part(template, for_member, visitor=for_member)


def part(template: str, *shown: Hashable, **given: object) -> Markup:
    """A template rendered with `given` and the site, cached under the key `shown`."""
    site = snapshot()

    def render_template() -> Markup:
        html = current_app.jinja_env.get_template(template).render(given, site=site)
        return Markup(html)  # noqa: S704 - a template's own output

    return cached(render_template, template, site.version, *shown)


def macro(template: str, name: str) -> Any:
    """A macro of a template."""
    return getattr(current_app.jinja_env.get_template(template).module, name)


class _Part:
    """A cache key that carries the function to call on a miss; keys are equal if they show the same."""

    def __init__(self, make: Renderer, shown: tuple[Hashable, ...]) -> None:
        self.make: Renderer = make
        self._shown, self._hash = shown, hash(shown)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Part) and self._shown == other._shown


@lru_cache(maxsize=MAX_CACHED_FRAGMENTS)
def _rendered(part: _Part) -> Markup:
    html = part.make()
    del part.make  # its closure holds rows loaded for one request
    return html
