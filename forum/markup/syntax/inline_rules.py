"""Custom inline rules, and the work accounting of inline parsing."""

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from forum.markup.render_budget import inline_work
from forum.markup.render_context import context_of
from forum.markup.syntax.addresses import link_bare_addresses, url_rule
from forum.markup.syntax.mentions import mention
from forum.markup.syntax.smilies import named_smilie, text_smilies
from forum.markup.syntax.task_lists import take_checkbox


def install(md: MarkdownIt) -> None:
    """Add these rules to a parser; they replace its linkify rules."""
    md.inline.ruler.at("linkify", url_rule)
    md.inline.ruler.after("linkify", "smilie", named_smilie)
    md.inline.ruler.after("smilie", "mention", mention)
    md.core.ruler.at("inline", counted_inline)
    md.core.ruler.at("linkify", link_bare_addresses)
    md.core.ruler.after("linkify", "text_smilie", text_smilies)


def counted_inline(state: StateCore) -> None:
    """Charge the budget for each paragraph's work, then parse it."""
    budget = context_of(state).budget
    for index, token in enumerate(state.tokens):
        if token.type == "inline":
            box = take_checkbox(state.tokens, index)
            budget.spend(inline_work(token.content))
            token.children = [*box, *state.md.inline.parse(token.content, state.md, state.env, [])]
