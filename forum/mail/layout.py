"""How a mail looks: a text and an HTML part that say the same, without anything that is loaded.

The colours are those of the mail client, so that it is read in the dark, too. Mail about accounts is written as text,
of which its HTML part is made.
"""

import re
import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from markupsafe import Markup, escape

from forum.infra.database.db import current_settings
from forum.infra.errors import MessageText
from forum.infra.text.messages import one_line, say
from forum.mail.quoting import Quoted
from forum.site.queries import snapshot

Translated = Callable[[MessageText], str]
NAME = "\x00"
WIDTH = 72  # characters of a line of text
_ISOLATE, _END = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_SMALL = "margin:0 0 .5rem;font-size:.8125rem;line-height:1.5;opacity:.75"
_LOOPBACK = r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?"  # links without FORUM_BASE_URL lead nowhere else


@dataclass(frozen=True)
class Link:
    """A link below a mail."""

    words: str
    address: str


@dataclass(frozen=True)
class Content:
    """What a mail says, translated: a sentence with NAME where `name` goes, a title with its address, and the rest."""

    sentence: str
    name: str
    title: str
    address: str
    button: str
    notes: tuple[str, ...]  # below what is quoted
    why: str  # the member gets it
    links: tuple[Link, ...]
    quoted: Quoted | None = None


def fill(message: EmailMessage, content: Content) -> None:
    """Give a message its two parts."""
    set_parts(message, _text(content), _html(content))


def set_parts(message: EmailMessage, text: str, html: str) -> None:
    """Give a message its two parts; the text is quoted-printable unless most of it is not Latin."""
    message.set_content(text, cte=_shorter_encoding(text))
    message.add_alternative(html, subtype="html", cte=_shorter_encoding(html))
    for part in message.iter_parts():
        if part["Content-Transfer-Encoding"] == "quoted-printable":  # else ">From" arrives (RFC 2049)
            part.set_payload(re.sub(r"^From ", "=46rom ", str(part.get_payload()), flags=re.MULTILINE))


def _shorter_encoding(text: str) -> str:
    data = text.encode()
    return "quoted-printable" if 6 * sum(byte > 126 for byte in data) < len(data) else "base64"


def isolated(name: str) -> str:
    """A name in a line of text, whose direction does not change what is around it."""
    is_mixed = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in name)
    return f"{_ISOLATE}{name}{_END}" if is_mixed else name


def _text(content: Content) -> str:
    said = content.sentence.replace(NAME, isolated(content.name))
    blocks = [f"{said} “{isolated(content.title)}”" if content.title else said]
    if content.quoted is not None and content.quoted.text:
        blocks.append("\n".join(_quoted_line(line) for line in _wrapped(content.quoted.text)))
    blocks += [*content.notes, f"{content.button}:\n{content.address}"]
    below = [content.why, *(f"{link.words}:\n{link.address}" for link in content.links)]
    return "\n\n".join(blocks) + "\n\n-- \n" + "\n".join(below) + "\n"


def _wrapped(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.split("\n"):
        mark = line[: len(line) - len(line.lstrip("> "))]
        wrapper = textwrap.TextWrapper(
            WIDTH, subsequent_indent=mark, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
        )
        lines += wrapper.wrap(line) or [""]
    return lines


def _quoted_line(line: str) -> str:
    return f">{line}" if line.startswith(">") else f"> {line}".rstrip()


def html_of(text: str, *, title: str) -> str:
    """The HTML part of a mail that is written as text: its paragraphs, and a button for each link of its own.

    Only addresses of the forum become links, as a text may have words of others.
    """
    parts = [_site_name()]
    for paragraph in re.split(r"\n{2,}", text.strip("\n")):
        parts += _paragraph(paragraph)
    return _page("en", title, parts)  # what is not translated is English


def _paragraph(text: str) -> list[Markup]:
    own = _own_addresses()
    if own.fullmatch(text):
        words, small = str(say("Open this page")), Markup('<p style="{}">{}</p>')
        return [_button(text, words, below=".5rem"), small.format(_SMALL.replace(".5rem", "1.5rem"), _anchor(text))]
    pieces: list[Markup] = []
    at = 0
    for found in own.finditer(text):
        pieces += [escape(text[at : found.start()]), _anchor(found[0])]
        at = found.end()
    said = Markup("").join([*pieces, escape(text[at:])]).replace("\n", Markup("<br>\n"))
    return [Markup('<p dir="auto" style="margin:0 0 1rem">{}</p>').format(said)]


def _anchor(address: str) -> Markup:
    return Markup('<a href="{0}" style="color:inherit">{0}</a>').format(address)


def _own_addresses() -> re.Pattern[str]:
    base = current_settings().base_url
    return re.compile(rf"(?:{re.escape(base) if base else _LOOPBACK})/(?:[^\s<>“”]*[^\s<>“”.,:;!?)])?")


def _html(content: Content) -> str:
    site, name = snapshot(), Markup("<bdi>{}</bdi>").format(content.name)
    said = escape(content.sentence).replace(NAME, name)
    parts = [_site_name(), Markup('<p style="margin:0 0 .25rem">{}</p>').format(said)]
    if content.title:
        title = Markup('<h1 dir="auto" style="margin:0 0 1rem;font-size:1.25rem;line-height:1.3">{}</h1>')
        parts.append(title.format(content.title))
    if content.quoted is not None and content.quoted.html:
        quote = '<div dir="auto" style="margin:0 0 1rem;padding-left:1rem;border-left:3px solid {}">{}</div>'
        parts.append(Markup(quote).format(site.appearance.accent, Markup(content.quoted.html)))  # noqa: S704 - see quoting.py
    parts += [Markup('<p style="margin:0 0 1rem">{}</p>').format(note) for note in content.notes]
    parts.append(_button(content.address, content.button))
    parts.append(Markup('<p style="{}">{}</p>').format(_SMALL, content.why))
    links = (
        Markup('<a href="{}" style="color:inherit">{}</a>').format(link.address, link.words) for link in content.links
    )
    parts.append(Markup('<p style="{}">{}</p>').format(_SMALL, Markup(" &middot; ").join(links)))
    return _page(site.language.replace("_", "-"), content.title, parts)


def _site_name() -> Markup:
    return Markup('<p style="{}"><bdi>{}</bdi></p>').format(_SMALL, one_line(snapshot().name))


def _button(address: str, words: str, *, below: str = "2rem") -> Markup:
    style = (
        f"display:inline-block;padding:.6rem 1.1rem;border-radius:6px;background:{snapshot().appearance.accent};"
        "color:#ffffff;font-weight:600;text-decoration:none"
    )
    button = Markup('<p style="margin:0 0 {}"><a href="{}" style="{}">{}</a></p>')
    return button.format(below, address, style, words)


def _page(language: str, title: str, parts: list[Markup]) -> str:
    shown = title or one_line(snapshot().name)
    return _PAGE.format(language=language, title=shown, style=_BODY, body=Markup("\n").join(parts))


_BODY = (
    "max-width:36rem;margin:0 auto;padding:1.5rem 1rem;overflow-wrap:anywhere;"
    "font:1rem/1.5 system-ui,-apple-system,Roboto,sans-serif"
)
_PAGE = Markup(
    """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>:root {{ color-scheme: light dark }}</style>
</head>
<body style="margin:0;padding:0">
<div style="{style}">
{body}
</div>
</body>
</html>
"""
)
