"""The inline rules of our own: smilies, mentions and addresses that are typed without brackets."""

import re

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from forum.base.markup.budget import Budget, inline_work
from forum.base.markup.rules import ADDRESS_WORK, MAX_ADDRESS, MAX_HOST, MAX_NAME, MAX_SMILIE_CODE, SQUARE_WORK
from forum.base.markup.task import Silent, task_of
from forum.base.markup.urls import is_allowed

_MENTION = re.compile(rf'@(?:"([^"\n]{{1,{MAX_NAME}}})"|(\w(?:[\w.\-]{{0,{MAX_NAME - 2}}}\w)?))')
_BARE = re.compile(
    r"(?<![\w.+\-@/:])(?:(?P<www>www\.(?=[\w\-]))|(?P<mail>[\w.+\-]{1,64}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,8}))",
    re.IGNORECASE,
)
# linkify-it takes the square of a host's length
_HOST_AND_REST = re.compile(rf"https?://[^\s/?#]{{1,{MAX_HOST}}}(?:[/?#]\S*|(?=\s|$))", re.IGNORECASE)
_LINKIFY = LinkifyIt()


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


def mention(state: StateInline, silent: Silent) -> bool:
    """A name after an @ that is not part of a word, an e-mail address or a link."""
    start = state.pos
    if state.src[start] != "@" or state.linkLevel:
        return False
    before = state.src[start - 1] if start else " "
    match = _MENTION.match(state.src, start, state.posMax)
    if not match or before.isalnum() or before in "_@/.+-":
        return False
    if not silent:
        token = state.push("mention", "a", 0)
        token.content = match[1] or match[2]
        token.markup = match[0]
    state.pos = match.end()
    return True


def web_address(state: StateInline, silent: Silent) -> bool:
    """An http address in the text; found here, so that its * and _ are not read as emphasis."""
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = re.search(r"(?<![a-z0-9.+\-])https?$", state.pending[-6:].lower())
    if not scheme:
        return False
    typed = len(scheme[0])
    found = _address_at(state.src[state.pos - typed : state.posMax][: MAX_ADDRESS + 1], task_of(state).budget)
    if not found:
        return False
    if not silent:
        state.pending = state.pending[:-typed]
        _push_link(state, found, found)
    state.pos += len(found) - typed
    return True


def _address_at(text: str, budget: Budget) -> str:
    """The web address that the text begins with, or nothing; linkify-it knows where addresses end in a sentence."""
    typed = _HOST_AND_REST.match(text)
    if not typed:
        return ""
    budget.spend(ADDRESS_WORK + len(typed[0]) ** 2 * SQUARE_WORK)
    match = _LINKIFY.match_at_start(typed[0])
    address = str(match.url).rstrip("*") if match else ""
    return address if len(address) <= MAX_ADDRESS and is_allowed(address) else ""


def _push_link(state: StateInline, address: str, text: str) -> None:
    full = state.md.normalizeLink(address)
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": full}
    opening.markup, opening.info = "linkify", "auto"
    state.push("text", "", 0).content = state.md.normalizeLinkText(text)
    closing = state.push("link_close", "a", -1)
    closing.markup, closing.info = "linkify", "auto"


def bare_addresses(state: StateCore) -> None:
    """Link `www.` and e-mail addresses in what is left as text."""
    for block in state.tokens:
        if block.type == "inline" and ("@" in block.content or "www." in block.content.lower()):
            block.children = _with_bare_links(block.children or [], state.md, task_of(state).budget)


def _with_bare_links(children: list[Token], md: MarkdownIt, budget: Budget) -> list[Token]:
    out: list[Token] = []
    inside = 0
    for token in children:
        inside += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type == "text" and not inside:
            out += _split(token, md, budget)
        else:
            out.append(token)
    return out


def _split(token: Token, md: MarkdownIt, budget: Budget) -> list[Token]:
    """The text with its bare addresses as links."""
    out: list[Token] = []
    text, done = token.content, 0
    for match in _BARE.finditer(text):
        if match.start() < done:
            continue
        if match["mail"]:
            shown = match["mail"].rstrip("-")
            full = "mailto:" + shown
        else:
            full = _address_at("http://" + text[match.start() : match.start() + MAX_ADDRESS], budget)
            shown = full[len("http://") :]
        full = md.normalizeLink(full) if "." in shown[4:] else ""
        if full and is_allowed(full):
            out += [_text(text[done : match.start()], token.level), *_link(full, shown, token.level)]
            done = match.start() + len(shown)
    return [*out, _text(text[done:], token.level)] if out else [token]


def _link(address: str, text: str, level: int) -> list[Token]:
    opening, closing = Token("link_open", "a", 1), Token("link_close", "a", -1)
    opening.attrs = {"href": address}
    opening.level = closing.level = level
    return [opening, _text(text, level + 1), closing]


def _text(content: str, level: int) -> Token:
    token = Token("text", "", 0)
    token.content, token.level = content, level
    return token
