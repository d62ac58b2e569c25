"""Posts as HTML, kept by all that is shown of them: most pages show posts that were shown a moment ago."""

from functools import lru_cache
from typing import Any

from flask import current_app
from markupsafe import Markup

from forum.site.queries import snapshot
from forum.web.post_views import PostView
from forum.web.words import ago

KEPT = 2000  # posts in a process: about 6 MB


def article(view: PostView, *, to_member: bool) -> Markup:
    """A post with its member's card, what was given to it, and what the reader may do with it."""
    if view.can.delete:  # holds a form, whose token is another each time
        return _written(view, to_member=to_member)
    return _kept(_Shown(view, to_member=to_member))


class _Shown:
    """A view that equals another if the same is to be seen of both."""

    def __init__(self, view: PostView, *, to_member: bool) -> None:
        self.view, self.to_member = view, to_member
        self._all = (to_member, snapshot().version, snapshot().language, *_of_post(view), *_of_author(view))
        self._hash = hash(self._all)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shown) and self._all == other._all


def _of_post(view: PostView) -> tuple[object, ...]:
    post, can = view.post, view.can
    return (
        post.id,
        post.position,
        post.html,
        post.deleted_at,
        post.delete_reason,
        ago(post.created_at),
        ago(post.edited_at) if post.edited_at else "",
        view.is_new,
        view.mine and view.mine.key,
        tuple((each.kind.key, each.count, *each.names) for each in view.reactions),
        *map(bool, (can.edit, can.undelete, can.react, can.quote, can.history)),
    )


def _of_author(view: PostView) -> tuple[object, ...]:
    author = view.author
    return (
        author.id,
        author.username,
        author.role,
        view.title,
        author.joined_at,
        author.message_count,
        author.positive_reactions,
        author.negative_reactions,
        author.country,
        author.location,
    )


@lru_cache(maxsize=KEPT)
def _kept(shown: _Shown) -> Markup:
    html = _written(shown.view, to_member=shown.to_member)
    del shown.view  # what was loaded for a request goes with it
    return html


def _written(view: PostView, *, to_member: bool) -> Markup:
    macros: Any = current_app.jinja_env.get_template("_macros/post.html").module
    html: Markup = macros.post_article(view, to_member)
    return html
