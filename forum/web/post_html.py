"""Posts as HTML, cached by everything that they show."""

from collections.abc import Hashable

from markupsafe import Markup

from forum.site.queries import snapshot
from forum.web.fragment_cache import cached, macro
from forum.web.post_views import PostView
from forum.web.template_globals import ago


def post_article(view: PostView, *, to_member: bool) -> Markup:
    """A post with its author's card, its reactions, and the actions open to the reader."""
    if view.can.delete:  # contains a form with a CSRF token that changes every time
        return _render(view, to_member=to_member)
    shown = (*_of_post(view), *_of_author(view))
    return cached(lambda: _render(view, to_member=to_member), "post", snapshot().version, to_member, *shown)


def _of_post(view: PostView) -> tuple[Hashable, ...]:
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


def _of_author(view: PostView) -> tuple[Hashable, ...]:
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


def _render(view: PostView, *, to_member: bool) -> Markup:
    html: Markup = macro("_macros/post.html", "post_article")(view, to_member)
    return html
