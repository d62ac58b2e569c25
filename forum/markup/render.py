"""The one way from what a member typed to HTML that may be shown."""

import logging
from dataclasses import dataclass
from typing import NewType

from markdown_it.token import Token

from forum.markup.limits import MAX_GROWTH, SMALL_OUTPUT
from forum.markup.plain_text import as_paragraphs
from forum.markup.postprocess import names_in, postprocess
from forum.markup.quote_blocks import split_attributions
from forum.markup.render_budget import TooCostly, html_work, tree_work
from forum.markup.render_context import Lookup, RenderContext
from forum.markup.strip_marks import clean_source, strip_marks
from forum.markup.thread_local_renderer import renderer

__all__ = ["VERSION", "Lookup", "Rendered", "SafeHtml", "render"]

SafeHtml = NewType("SafeHtml", str)

# Moves whenever the same source gives other HTML; stored posts are baked again then.
VERSION = 2

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rendered:
    """HTML that is safe, and whom it is of concern to.

    `mentions` are known names as typed, outside of quotes; `quoted_posts` are the ids of attributed outermost quotes.
    """

    html: SafeHtml
    mentions: tuple[str, ...] = ()
    quoted_posts: tuple[int, ...] = ()


def render(source: str, lookup: Lookup) -> Rendered:
    """Make safe HTML of Markdown; what is too deep, too wide or too dear is shown as the text that was typed."""
    text = clean_source(source)
    task = RenderContext(lookup)
    try:
        tokens, quoted = split_attributions(renderer.parser.parse_for(task, text), lookup.own_hosts)
        postprocess(tokens, lookup)
        asked, told = names_in(tokens)
    except Exception as failure:  # a post must be readable whatever the parser makes of it
        return _as_text(text, failure)
    task.paths = lookup.members(asked) if asked else {}
    try:
        html = _write(tokens, task, len(text))
    except Exception as failure:
        return _as_text(text, failure)
    meant = (next((name for name in names if name in task.paths), None) for names in told)
    return Rendered(html, tuple(dict.fromkeys(name for name in meant if name)), tuple(quoted))


def _write(tokens: list[Token], task: RenderContext, typed: int) -> SafeHtml:
    html = strip_marks(renderer.parser.write_for(task, tokens))
    if len(html) > max(typed * MAX_GROWTH, SMALL_OUTPUT):
        raise TooCostly
    task.budget.spend(html_work(html))
    task.budget.spend(tree_work(html))
    return SafeHtml(renderer.gates.pass_both(html))


def _as_text(text: str, failure: Exception) -> Rendered:
    if not isinstance(failure, TooCostly):
        _log.error("a post of %d characters could not be parsed", len(text), exc_info=failure)
    return Rendered(SafeHtml(renderer.gates.pass_last(as_paragraphs(strip_marks(text)))))
