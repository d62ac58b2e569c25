"""The Markdown parser: CommonMark without HTML, plus tables, strikethrough and the forum's own rules."""

from collections.abc import Mapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from forum.markup.limits import ADDRESS_WORK, LETTER_WORK, MAX_ADDRESS, MAX_INLINE_NESTING, NON_ASCII_LETTER_WORK
from forum.markup.render_budget import Budget
from forum.markup.render_context import RenderContext
from forum.markup.syntax import block_rules, inline_rules
from forum.markup.syntax.html_output import ForumRenderer
from forum.markup.urls import is_allowed

# Line breaks in the source are kept; CommonMark leaves this to the renderer.
_OPTIONS: Mapping[str, Any] = {"html": False, "breaks": True, "linkify": True, "maxNesting": MAX_INLINE_NESTING}


class Parser(MarkdownIt):
    """A parser for one thread of execution; `budget` belongs to the current post."""

    def __init__(self) -> None:
        self.budget = Budget()
        super().__init__("commonmark", _OPTIONS, renderer_cls=ForumRenderer)
        self.enable(["table", "strikethrough", "linkify"])
        self.disable(["html_block", "html_inline"])
        block_rules.install(self)
        inline_rules.install(self)

    def parse_for(self, context: RenderContext, source: str) -> list[Token]:
        """The tokens of a post; raises TooCostly."""
        self.budget = context.budget
        return self.parse(source, {"context": context})

    def blocks_for(self, context: RenderContext, source: str) -> list[Token]:
        """The block tokens of a post, without inline parsing; raises TooCostly."""
        tokens: list[Token] = []
        self.budget = context.budget
        self.block.parse(source, self, {"context": context}, tokens)
        return tokens

    def write_for(self, context: RenderContext, tokens: list[Token]) -> str:
        """The unsanitized HTML of tokens."""
        return str(self.renderer.render(tokens, self.options, {"context": context}))

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the parser's name for it
        """Percent-encode a URL; long ones and those with a backslash are skipped, as validateLink rejects them."""
        if len(url) > MAX_ADDRESS or "\\" in url:
            return url
        self.budget.spend(ADDRESS_WORK + len(url) * (LETTER_WORK if url.isascii() else NON_ASCII_LETTER_WORK))
        return super().normalizeLink(url)

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's name for it
        """Whether a URL may be linked, by our check instead of the parser's."""
        return is_allowed(url)
