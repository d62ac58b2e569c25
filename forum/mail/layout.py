"""How a mail to a member looks: a text and an HTML part that say the same, without anything that is loaded.

The colours are those of the mail client, so that it is read in the dark, too.
"""

import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from markupsafe import Markup, escape

from forum.infra.errors import MessageText
from forum.infra.text.messages import one_line
from forum.mail.quoting import Quoted
from forum.site.queries import snapshot

Translated = Callable[[MessageText], str]
NAME = "\x00"
WIDTH = 72  # characters of a line of text
_ISOLATE, _END = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_SMALL = "margin:0 0 .5rem;font-size:.8125rem;line-height:1.5;opacity:.75"


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
    for add, text in ((message.set_content, _text(content)), (_add_html(message), _html(content))):
        add(text, cte=_shorter_encoding(text))


def _add_html(message: EmailMessage) -> Callable[..., None]:
    return lambda text, cte: message.add_alternative(text, subtype="html", cte=cte)


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


def _html(content: Content) -> str:
    site, name = snapshot(), Markup("<bdi>{}</bdi>").format(content.name)
    said = escape(content.sentence).replace(NAME, name)
    parts = [Markup('<p style="{}"><bdi>{}</bdi></p>').format(_SMALL, one_line(site.name))]
    parts.append(Markup('<p style="margin:0 0 .25rem">{}</p>').format(said))
    if content.title:
        title = Markup('<h1 dir="auto" style="margin:0 0 1rem;font-size:1.25rem;line-height:1.3">{}</h1>')
        parts.append(title.format(content.title))
    if content.quoted is not None and content.quoted.html:
        quote = '<div dir="auto" style="margin:0 0 1rem;padding-left:1rem;border-left:3px solid {}">{}</div>'
        parts.append(Markup(quote).format(site.appearance.accent, Markup(content.quoted.html)))  # noqa: S704 - see quoting.py
    parts += [Markup('<p style="margin:0 0 1rem">{}</p>').format(note) for note in content.notes]
    parts.append(_button(content, site.appearance.accent))
    parts.append(Markup('<p style="{}">{}</p>').format(_SMALL, content.why))
    links = (
        Markup('<a href="{}" style="color:inherit">{}</a>').format(link.address, link.words) for link in content.links
    )
    parts.append(Markup('<p style="{}">{}</p>').format(_SMALL, Markup(" &middot; ").join(links)))
    return _PAGE.format(
        language=site.language.replace("_", "-"),
        title=content.title or one_line(site.name),
        style=_BODY,
        body=Markup("\n").join(parts),
    )


def _button(content: Content, accent: str) -> Markup:
    style = (
        f"display:inline-block;padding:.6rem 1.1rem;border-radius:6px;background:{accent};color:#ffffff;"
        "font-weight:600;text-decoration:none"
    )
    button = Markup('<p style="margin:0 0 2rem"><a href="{}" style="{}">{}</a></p>')
    return button.format(content.address, style, content.button)


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
