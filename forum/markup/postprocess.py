"""Post-processes parsed tokens: headings, tables, links and images."""

from markdown_it.token import Token

from forum.markup.allowlist import LINK_REL
from forum.markup.limits import MAX_NAMES
from forum.markup.render_context import Lookup
from forum.markup.syntax.mentions import names_of
from forum.markup.urls import host_of, is_own, is_own_path

# A page has one h1 and an h2 per post; headings in a post are renumbered from h3 on.
_HEADINGS = ("h3", "h4", "h5", "h6")
# Readers' browsers fetch images without a click, so not every path of this site may be used as an image.
_PICTURES = ("/static/", "/uploads/")


def postprocess(tokens: list[Token], lookup: Lookup) -> None:
    """Adapt the tokens in place."""
    used = sorted({token.tag for token in tokens if token.type == "heading_open"})
    tags = {tag: _HEADINGS[min(rank, 3)] for rank, tag in enumerate(used)}
    for token in tokens:
        if token.type == "inline":
            token.children = _with_links_and_images(token.children or [], lookup)
        elif token.type.startswith("heading_"):
            token.tag = tags[token.tag]
        elif token.type in ("th_open", "td_open"):
            style = str(token.attrs.pop("style", ""))
            token.attrs |= {"align": style.removeprefix("text-align:")} if style else {}


def names_in(tokens: list[Token]) -> tuple[frozenset[str], list[tuple[str, ...]]]:
    """All names that may be mentioned, up to MAX_NAMES, and the candidate names of each mention outside quotes."""
    all_names: dict[str, None] = {}
    outside_quotes: dict[tuple[str, ...], None] = {}
    depth = 0
    for token in tokens:
        depth += token.nesting if token.tag == "blockquote" else 0
        mentioned = [names_of(child) for child in token.children or [] if child.type == "mention"]
        all_names |= dict.fromkeys(name for names in mentioned for name in names)
        outside_quotes |= {} if depth else dict.fromkeys(mentioned)
    return frozenset(list(all_names)[:MAX_NAMES]), list(outside_quotes)


def _with_links_and_images(children: list[Token], lookup: Lookup) -> list[Token]:
    """The inline tokens with links and images adapted; a link without a target is reduced to its text."""
    out: list[Token] = []
    link: Token | None = None
    for child in children:
        if child.type == "link_open":
            _mark_link(child, lookup.own_hosts)
            link = child
        if child.type == "image":
            out += _image(child, lookup, is_in_link=link is not None)
        elif child.tag != "a" or child.type == "mention" or (link and link.attrs["href"]):
            out.append(child)
        if child.type == "link_close":
            link = None
    return out


def _mark_link(link: Token, own_hosts: frozenset[str]) -> None:
    if not is_own(str(link.attrs["href"]), own_hosts):
        link.attrs["rel"] = LINK_REL


def _image(image: Token, lookup: Lookup, *, is_in_link: bool) -> list[Token]:
    """The image, or a link to it if browsers must not fetch it automatically."""
    address = str(image.attrs["src"])
    alt = _alt_text(image.children or []).strip()
    is_local = is_own_path(address) and address.startswith(_PICTURES)
    if is_local or (lookup.remote_images and host_of(address)):
        image.attrs |= {"alt": alt, "loading": "lazy"} | ({} if is_local else {"referrerpolicy": "no-referrer"})
        return [image]
    text = Token("text", "", 0, content=alt or address)
    if is_in_link or not address:
        return [text]
    opening, closing = Token("link_open", "a", 1), Token("link_close", "a", -1)
    opening.attrs = {name: image.attrs[name] for name in ("title",) if name in image.attrs}
    opening.attrs["href"] = address
    _mark_link(opening, lookup.own_hosts)
    return [opening, text, closing]


def _alt_text(children: list[Token]) -> str:
    """The alt text of an image, without markup."""
    out: list[str] = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            out.append(" ")
        elif child.type == "image":
            out.append(_alt_text(child.children or []))
        else:
            out.append(child.markup if child.type in ("mention", "smilie") else child.content)
    return "".join(out)
