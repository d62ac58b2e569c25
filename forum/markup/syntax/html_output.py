"""Renders tokens as HTML: markdown-it's renderer with methods for the forum's own tokens."""

from collections.abc import Sequence
from html import escape

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from forum.markup.render_context import context_in
from forum.markup.syntax.mentions import names_of


class ForumRenderer(RendererHTML):
    """Each method renders the token type it is named after."""

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Text; quotation marks are not escaped, because they need not be and each entity costs work."""
        return escape(tokens[idx].content, quote=False)

    def smilie(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A symbol with its name as accessible label."""
        token = tokens[idx]
        name, code = escape(token.info), escape(token.markup)
        return f'<span class="smilie" role="img" title="{code}" aria-label="{name}">{escape(token.content)}</span>'

    def box(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A task's checkbox, as a character, not an input: it stays text in feeds, excerpts and copies."""
        lookup = context_in(env).lookup
        symbol, name = ("☑", lookup.done) if tokens[idx].content else ("☐", lookup.to_do)
        return f'<span class="task" role="img" aria-label="{escape(name)}">{symbol}</span> '

    def mention(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A link to the member, or the source text if no member has the name."""
        token = tokens[idx]
        paths = context_in(env).paths
        name = next((name for name in names_of(token) if name in paths), None)
        if name is None:
            return escape(token.markup, quote=False)
        rest = escape(token.content[len(name) :], quote=False)
        return f'<a class="mention" href="{escape(paths[name])}">@{escape(name, quote=False)}</a>{rest}'

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """An image; its alt text is already plain."""
        return self.renderToken(tokens, idx, options, env)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Inline code."""
        return f"<code>{escape(tokens[idx].content, quote=False)}</code>"

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A code block; focusable by keyboard, because it may scroll horizontally."""
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content, quote=False)}</code></pre>\n'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A fenced code block; its language is not shown."""
        return self.code_block(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The start of a table in a scrollable wrapper."""
        return '<div class="table-scroll" tabindex="0">\n<table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The end of a table and its wrapper."""
        return "</table>\n</div>\n"

    def spoiler_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The start of a spoiler and its title."""
        return f'<details class="spoiler"><summary>{escape(tokens[idx].content, quote=False)}</summary>\n'

    def card_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The start of a link card."""
        return '<div class="link-card">\n'
