"""The inline rules of our own, and what parsing a line may cost."""

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

from forum.base.markup.addresses import bare_addresses, web_address
from forum.base.markup.budget import inline_work
from forum.base.markup.mentions import mention
from forum.base.markup.rules import MAX_SMILIE_CODE
from forum.base.markup.task import Silent, task_of


def install(md: MarkdownIt) -> None:
    """Add these rules to a parser, in the place of its own linkify rules."""
    md.inline.ruler.at("linkify", web_address)
    md.inline.ruler.after("linkify", "smilie", smilie)
    md.inline.ruler.after("smilie", "mention", mention)
    md.core.ruler.at("inline", counted_inline)
    md.core.ruler.at("linkify", bare_addresses)


def counted_inline(state: StateCore) -> None:
    """Parse each paragraph after its work has been counted."""
    budget = task_of(state).budget
    for token in state.tokens:
        if token.type == "inline":
            budget.spend(inline_work(token.content))
            token.children = state.md.inline.parse(token.content, state.md, state.env, [])


def smilie(state: StateInline, silent: Silent) -> bool:
    """A code between colons that the forum knows, e.g. `:coffee:`."""
    start = state.pos
    if state.src[start] != ":":
        return False
    end = state.src.find(":", start + 1, min(start + MAX_SMILIE_CODE, state.posMax)) + 1
    code = state.src[start:end]
    if not end or code not in task_of(state).lookup.smilies:
        return False
    if not silent:
        symbol, name = task_of(state).lookup.smilies[code]
        token = state.push("smilie", "span", 0)
        token.content, token.info, token.markup = symbol, name, code
    state.pos = end
    return True
