"""Renders Markdown source to safe HTML; the only place that does."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import NewType

from markdown_it.token import Token

from forum.markup.limits import MAX_GROWTH, SMALL_OUTPUT
from forum.markup.plain_text import as_paragraphs
from forum.markup.postprocess import names_in, postprocess
from forum.markup.quote_blocks import attribute
from forum.markup.render_budget import TooCostly, TooSlow, html_work, tree_work
from forum.markup.render_context import Lookup, RenderContext
from forum.markup.strip_marks import clean_source, strip_marks
from forum.markup.thread_local_renderer import workbench

__all__ = ["VERSION", "Lookup", "Rendered", "SafeHtml", "render"]

SafeHtml = NewType("SafeHtml", str)

# Increase this whenever the same source renders to different HTML; stored posts are then rendered again.
VERSION = 2

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rendered:
    """Safe HTML, and the members and posts that it refers to.

    `mentions` are known names as typed, outside quotes; `quoted_posts` are the post ids of top-level attributed quotes.
    """

    html: SafeHtml
    mentions: tuple[str, ...] = ()
    quoted_posts: tuple[int, ...] = ()


def render(source: str, lookup: Lookup) -> Rendered:
    """Render Markdown to safe HTML; markup that exceeds the limits or fails to parse is shown as plain text."""
    text = clean_source(source)
    with suppress(TooSlow):  # not necessarily because of the text: once more, then
        return _rendered(text, lookup)
    try:
        return _rendered(text, lookup)
    except TooSlow as failure:
        return _as_text(text, failure)


def _rendered(text: str, lookup: Lookup) -> Rendered:
    context = RenderContext(lookup)
    try:
        tokens, quoted = attribute(workbench.parser.parse_for(context, text), lookup.own_hosts)
        postprocess(tokens, lookup)
        names, mentioned = names_in(tokens)
    except TooSlow:
        raise
    except Exception as failure:  # a post must stay readable even if the parser fails
        return _as_text(text, failure)
    context.paths = lookup.members(names) if names else {}
    try:
        html = _write(tokens, context, len(text))
    except TooSlow:
        raise
    except Exception as failure:
        return _as_text(text, failure)
    known = (next((name for name in candidates if name in context.paths), None) for candidates in mentioned)
    return Rendered(html, tuple(dict.fromkeys(name for name in known if name)), tuple(quoted))


def _write(tokens: list[Token], context: RenderContext, source_length: int) -> SafeHtml:
    html = strip_marks(workbench.parser.write_for(context, tokens))
    if len(html) > max(source_length * MAX_GROWTH, SMALL_OUTPUT):
        raise TooCostly
    context.budget.spend(html_work(html))
    context.budget.spend(tree_work(html))
    return SafeHtml(workbench.gates.pass_both(html))


def _as_text(text: str, failure: Exception) -> Rendered:
    if not isinstance(failure, TooCostly):
        _log.error("a post of %d characters could not be parsed", len(text), exc_info=failure)
    return Rendered(SafeHtml(workbench.gates.pass_last(as_paragraphs(strip_marks(text)))))
