"""Custom block rules: bounded quotes, lists and tables, and containers for spoilers and link cards."""

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote, list_block, table

from forum.markup.limits import (
    BAR_WORK,
    BLOCK_WORK,
    LINE_WORK,
    MAX_BLOCK_LEVEL,
    MAX_CONTAINER_DEPTH,
    MAX_QUOTE_DEPTH,
    MAX_TABLE_CELLS,
    MAX_TITLE,
)
from forum.markup.render_context import Silent, context_of

_INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
_CONTAINERS = ("spoiler", "card")


def install(md: MarkdownIt) -> None:
    """Replace the parser's rules with these."""
    md.block.ruler.before("table", "container", container, _INTERRUPTS)
    md.block.ruler.at("blockquote", bounded_quote, _INTERRUPTS)
    md.block.ruler.at("list", bounded_list, {"alt": ["paragraph", "reference", "blockquote"]})
    md.block.ruler.at("table", bounded_table, {"alt": ["paragraph", "reference"]})


def bounded_quote(state: StateBlock, start: int, end: int, silent: Silent) -> bool:
    """Parse a quote up to MAX_QUOTE_DEPTH; deeper ones remain text."""
    context = context_of(state)
    if context.quote_depth >= MAX_QUOTE_DEPTH or state.level >= MAX_BLOCK_LEVEL:
        return False
    context.quote_depth += 1
    try:
        return blockquote(state, start, end, silent)
    finally:
        context.quote_depth -= 1


def bounded_list(state: StateBlock, start: int, end: int, silent: Silent) -> bool:
    """Parse a list up to MAX_BLOCK_LEVEL; deeper ones remain text."""
    return state.level < MAX_BLOCK_LEVEL and list_block(state, start, end, silent)


def bounded_table(state: StateBlock, start: int, end: int, silent: Silent) -> bool:
    """Parse a table up to MAX_TABLE_CELLS: short rows are padded, so 2 kB of source could become 600 kB of HTML."""
    context = context_of(state)
    columns = 1 + state.src.count("|", state.bMarks[start + 1], state.eMarks[start + 1])
    context.budget.spend(columns * BAR_WORK)
    if silent or not table(state, start, end, silent=True):
        return silent and table(state, start, end, silent=True)
    most = (MAX_TABLE_CELLS - context.cells) // columns
    lines = range(start + 1, min(end, start + 2 + most))
    context.budget.spend(len(lines))
    rows = next((line - start - 1 for line in lines if state.isEmpty(line)), len(lines))
    if rows > most:
        return False
    context.cells += rows * columns
    return table(state, start, end, silent=False)


def container(state: StateBlock, start: int, end: int, silent: Silent) -> bool:
    """Parse lines between `:::spoiler Title` or `:::card` and `:::`.

    The parser calls this rule first for each line that may begin or end a block, so block work is counted here.
    """
    context = context_of(state)
    # between list items, the parser only tests whether the list ends
    context.budget.spend(LINE_WORK if silent and state.parentType != "list" else BLOCK_WORK)
    opening = _line(state, start)
    if not opening.startswith(":::") or state.is_code_block(start):
        return False
    words = opening.lstrip(":").split(maxsplit=1)
    if not words or words[0] not in _CONTAINERS or state.level >= MAX_BLOCK_LEVEL:
        return False
    if context.container_depth >= MAX_CONTAINER_DEPTH:
        return False
    if not silent:
        _push(state, start, end, words)
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _end_of(state: StateBlock, start: int, end: int) -> tuple[int, int]:
    """The end of a container's content and the line after it: it ends at as many colons or more, or with its parent."""
    opening = _line(state, start)
    colons = len(opening) - len(opening.lstrip(":"))
    for line in range(start + 1, end):
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return line, line
        text = _line(state, line)
        if text.startswith(":::") and not text.strip(": \t") and len(text.rstrip()) >= colons:
            return line, line + 1
    return end, end


def _push(state: StateBlock, start: int, end: int, words: list[str]) -> None:
    context = context_of(state)
    last, following = _end_of(state, start, end)
    name = words[0]
    token = state.push(f"{name}_open", "details" if name == "spoiler" else "div", 1)
    token.map = [start, last]
    token.content = words[1].strip()[:MAX_TITLE] if len(words) > 1 else context.lookup.spoiler
    old_parent, old_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", last
    context.container_depth += 1
    try:
        state.md.block.tokenize(state, start + 1, last)
    finally:
        context.container_depth -= 1
    state.push(f"{name}_close", "details" if name == "spoiler" else "div", -1)
    state.parentType, state.lineMax = old_parent, old_max
    state.line = following
