"""How tokens are written as HTML: the parser's own way, but for what the forum adds."""

from collections.abc import Sequence
from html import escape

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from forum.markup.mentions import names_of
from forum.markup.render_context import context_in


class ForumRenderer(RendererHTML):
    """The parser asks the method with a token's type for that token's HTML."""

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Text; quotation marks need no escape here, and each escape costs."""
        return escape(tokens[idx].content, quote=False)

    def smilie(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A symbol that a screen reader calls by its name."""
        token = tokens[idx]
        name, code = escape(token.info), escape(token.markup)
        return f'<span class="smilie" role="img" title="{code}" aria-label="{name}">{escape(token.content)}</span>'

    def box(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The box of a task. A sign, not a field: it is text in feeds, excerpts and copies, and nothing can be sent."""
        lookup = context_in(env).lookup
        sign, name = ("☑", lookup.done) if tokens[idx].content else ("☐", lookup.to_do)
        return f'<span class="task" role="img" aria-label="{escape(name)}">{sign}</span> '

    def mention(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A link to a member, or what was typed where nobody has the name."""
        token = tokens[idx]
        paths = context_in(env).paths
        name = next((name for name in names_of(token) if name in paths), None)
        if name is None:
            return escape(token.markup, quote=False)
        rest = escape(token.content[len(name) :], quote=False)
        return f'<a class="mention" href="{escape(paths[name])}">@{escape(name, quote=False)}</a>{rest}'

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A picture whose description is already words."""
        return self.renderToken(tokens, idx, options, env)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Code within a line."""
        return f"<code>{escape(tokens[idx].content, quote=False)}</code>"

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Code on lines of its own; it may scroll sideways, so that the keyboard must reach it."""
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content, quote=False)}</code></pre>\n'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Fenced code; its language is not shown."""
        return self.code_block(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A table in a frame of its own to scroll in."""
        return '<div class="table-scroll" tabindex="0">\n<table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The end of a table and its frame."""
        return "</table>\n</div>\n"

    def spoiler_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """What is hidden until the reader asks for it."""
        return f'<details class="spoiler"><summary>{escape(tokens[idx].content, quote=False)}</summary>\n'

    def card_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The frame of a link card."""
        return '<div class="link-card">\n'
