"""Cached fragments of pages: each is a macro that gets one frozen object, which is also the cache key."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from flask import current_app
from markupsafe import Markup

from forum.site.queries import snapshot

MAX_CACHED_FRAGMENTS = 2000  # per process, posts and list rows: about 8 MB


@dataclass(frozen=True, slots=True)
class Fragment:
    """All that a fragment shows; its macro sees nothing else, so that a cached one is never stale.

    A test renders every subclass and reads its template for names that this object does not give it.
    """

    template: ClassVar[str]
    macro: ClassVar[str]
    language: str = field(default_factory=lambda: snapshot().language, kw_only=True)  # of texts and numbers
    time_zone: str = field(default_factory=lambda: snapshot().time_zone, kw_only=True)  # of dates


@lru_cache(maxsize=MAX_CACHED_FRAGMENTS)
def cached(view: Fragment) -> Markup:
    """A fragment as HTML."""
    return render(view)


def render(view: Fragment) -> Markup:
    """A fragment as HTML that is not cached, because it contains a CSRF token."""
    html: Markup = getattr(current_app.jinja_env.get_template(view.template).module, view.macro)(view)
    return html
