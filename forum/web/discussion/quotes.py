"""Quotes of posts, whole or in part; without JavaScript, `?quote=1,2` puts them into the reply form."""

from flask import request
from flask_babel import gettext as _

from forum.infra.errors import NotFound
from forum.markup.markdown_escape import escape_markdown
from forum.markup.quote_source import quote
from forum.models import Member, Post
from forum.site.queries import snapshot
from forum.threads.queries import find_post

MAX_QUOTES = 10


def quotation(post: Post, words: str = "") -> str:
    """A post, or a part of its displayed text, as an attributed quote in Markdown."""
    site = snapshot()
    source = escape_markdown(words, {**site.text_smilies, **site.smilies}) if words else post.source
    return quote(post.author.username, post.path, source, attribution=_("%(name)s said:"))


def quoted_draft(actor: Member, draft: str) -> str:
    """The draft, followed by quotes of the posts listed in the query string; unknown posts are skipped."""
    wanted = request.args.get("quote", "").split(",")[:MAX_QUOTES]
    quotes = [quotation(post) for number in wanted if (post := _find(actor, number)) is not None]
    fresh = [text for text in quotes if text.strip() not in draft]
    return "\n\n".join([*([draft.rstrip()] if draft.strip() else []), *fresh]) + ("\n\n" if fresh else "")


def text_again(actor: Member) -> str:
    """The text of a post of the member's own that was not approved, which `?again=1` puts into the form."""
    post = _find(actor, request.args.get("again", ""))
    is_own = post is not None and post.author_id == actor.id
    return post.source if post is not None and is_own and not (post.is_public and post.thread.is_public) else ""


def title_again(actor: Member) -> str:
    """The title of a thread of the member's own that was not approved."""
    post = _find(actor, request.args.get("again", ""))
    is_own = post is not None and post.position == 1 and post.thread.starter_id == actor.id
    return post.thread.title if post is not None and is_own and not post.thread.is_public else ""


def _find(actor: Member, number: str) -> Post | None:
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        return find_post(actor, int(number))
    except NotFound:
        return None
