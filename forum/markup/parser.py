"""The Markdown parser: CommonMark without HTML, with tables, strikethrough and the forum's own rules."""

from collections.abc import Mapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from forum.markup import block_rules, inline_rules
from forum.markup.html_output import ForumRenderer
from forum.markup.limits import ADDRESS_WORK, LETTER_WORK, MAX_ADDRESS, MAX_INLINE_NESTING, NON_ASCII_LETTER_WORK
from forum.markup.render_budget import Budget
from forum.markup.render_context import RenderContext
from forum.markup.urls import is_allowed

# In a forum Enter ends a line; CommonMark leaves this to whoever renders.
_OPTIONS: Mapping[str, Any] = {"html": False, "breaks": True, "linkify": True, "maxNesting": MAX_INLINE_NESTING}


class Parser(MarkdownIt):
    """One parser for one thread; `budget` is that of the post at hand."""

    def __init__(self) -> None:
        self.budget = Budget()
        super().__init__("commonmark", _OPTIONS, renderer_cls=ForumRenderer)
        self.enable(["table", "strikethrough", "linkify"])
        self.disable(["html_block", "html_inline"])
        block_rules.install(self)
        inline_rules.install(self)

    def parse_for(self, task: RenderContext, source: str) -> list[Token]:
        """The tokens of a post; raises TooCostly."""
        self.budget = task.budget
        return self.parse(source, {"task": task})

    def blocks_for(self, task: RenderContext, source: str) -> list[Token]:
        """The blocks of a post, without what is in its lines; raises TooCostly."""
        tokens: list[Token] = []
        self.budget = task.budget
        self.block.parse(source, self, {"task": task}, tokens)
        return tokens

    def write_for(self, task: RenderContext, tokens: list[Token]) -> str:
        """The HTML of tokens, unchecked as yet."""
        return str(self.renderer.render(tokens, self.options, {"task": task}))

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the parser's name for it
        """The address with its odd characters encoded; a long one or one with a backslash is refused right after."""
        if len(url) > MAX_ADDRESS or "\\" in url:
            return url
        self.budget.spend(ADDRESS_WORK + len(url) * (LETTER_WORK if url.isascii() else NON_ASCII_LETTER_WORK))
        return super().normalizeLink(url)

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's name for it
        """Whether an address may be linked: our check, not the parser's."""
        return is_allowed(url)
