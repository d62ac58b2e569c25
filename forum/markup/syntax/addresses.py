"""Autolinks URLs and e-mail addresses typed without brackets, and decides where they end in a sentence."""

import re
from functools import cache

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from forum.infra.text.characters import UNSPACED_LETTERS, ends_url
from forum.markup.limits import ADDRESS_WORK, LINKIFY_SQUARE_WORK, MAX_ADDRESS, MAX_HOST
from forum.markup.render_budget import Budget
from forum.markup.render_context import Silent, context_of
from forum.markup.urls import is_allowed

_LETTER = rf"[^\W{UNSPACED_LETTERS}]"
_BARE = re.compile(
    rf"(?<!{_LETTER})(?<![.+\-@/:])(?:(?P<www>www\.(?=[\w\-]))"
    rf"|(?P<mail>(?:{_LETTER}|[.+\-]){{1,64}}@[a-z0-9\-]{{1,63}}(?:\.[a-z0-9\-]{{1,63}}){{1,8}}))",
    re.IGNORECASE,
)
# Characters that may occur within a URL but belong to the sentence if they are at its end.
_TRAILING = "?!.,:;*_~'\""
_LINKIFY = LinkifyIt()


def url_rule(state: StateInline, silent: Silent) -> bool:
    """Link an http(s) URL; an inline rule, so that * and _ in it are not parsed as emphasis."""
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = re.search(r"(?<![a-z0-9.+\-])https?$", state.pending[-6:].lower())
    if not scheme:
        return False
    typed = len(scheme[0])
    url = _address_at(state.src[state.pos - typed : state.posMax][: MAX_ADDRESS + 1], context_of(state).budget)
    if not url:
        return False
    if not silent:
        state.pending = state.pending[:-typed]
        _push_link(state, url, url)
    state.pos += len(url) - typed
    return True


def _address_at(text: str, budget: Budget) -> str:
    """The URL at the start of the text, or an empty string."""
    typed = _host_and_rest().match(text)
    if not typed:
        return ""
    budget.spend(ADDRESS_WORK + len(typed[0]) ** 2 * LINKIFY_SQUARE_WORK)
    match = _LINKIFY.match_at_start(typed[0])
    address = str(match.url).rstrip(_TRAILING) if match else ""
    return address if len(address) <= MAX_ADDRESS and is_allowed(address) else ""


@cache
def _host_and_rest() -> re.Pattern[str]:
    """Matches a URL up to a space, a backtick or non-ASCII punctuation: linkify-it takes quadratic time."""
    end = r"\s`" + "".join(filter(ends_url, map(chr, range(0x80, 0x10000))))
    return re.compile(rf"https?://[^{end}/?#]{{1,{MAX_HOST}}}(?:[/?#][^{end}]*|(?=[{end}]|$))", re.IGNORECASE)


def _push_link(state: StateInline, address: str, text: str) -> None:
    full = state.md.normalizeLink(address)
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": full}
    opening.markup, opening.info = "linkify", "auto"
    state.push("text", "", 0).content = state.md.normalizeLinkText(text)
    closing = state.push("link_close", "a", -1)
    closing.markup, closing.info = "linkify", "auto"


def link_bare_addresses(state: StateCore) -> None:
    """Link `www.` and e-mail addresses in the remaining text tokens."""
    for block in state.tokens:
        if block.type == "inline" and ("@" in block.content or "www." in block.content.lower()):
            block.children = _with_bare_links(block.children or [], state.md, context_of(state).budget)


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
    """The text token with its bare addresses as links."""
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
            full = full if "." in shown[len("www.") :] else ""
        full = md.normalizeLink(full)
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
