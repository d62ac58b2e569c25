"""Builds messages from what was typed and from what a mail program adds."""

import html
import textwrap
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import NamedTuple, Protocol

from tests.inbox.corpus.texts import TEXTS, Texts

FORUM, MEMBER = "Talk Forum <forum@talk.example>", "Bo Member <bo@mail.example>"
SIGNATURE = "-- \nBo Member\nPhone 555 0100"
TOP, BOTTOM, INLINE = POSITIONS = ("top", "bottom", "inline")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


class Letter(NamedTuple):
    """A message, and the text that its author typed."""

    name: str
    message: EmailMessage
    expected: str


class Form(Protocol):
    """How a mail program writes an answer at a position; None if its users do not write there."""

    def __call__(self, language: str, position: str, texts: Texts, answer: str) -> EmailMessage | None: ...


def letters(forms: Mapping[str, Form]) -> Iterator[Letter]:
    """An answer of each form, language, position and text."""
    for name, form in forms.items():
        for language, texts in TEXTS.items():
            for position in POSITIONS:
                for number, answer in enumerate(texts.answers):
                    message = form(language, position, texts, answer)
                    if message is not None:
                        label = f"{name}, {language}, {position}, {number}"
                        yield Letter(label, message, typed(position, texts, answer))


def typed(position: str, texts: Texts, answer: str) -> str:
    """What should be posted: the answer, and between the lines what it answers."""
    if position != INLINE:
        return answer
    first, second = texts.asked
    return f"> {first}\n\n{answer}\n\n> {second}\n\n{texts.answers[0]}"


def original(texts: Texts) -> str:
    """The text of the mail that is answered."""
    return "\n\n".join([*texts.asked, "https://talk.example/threads/7-lamps", "-- \nTalk Forum"])


def quoted(text: str) -> str:
    """A text as mail programs quote it."""
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def inline(texts: Texts, answer: str) -> str:
    """The quoted mail with answers between its paragraphs."""
    first, second = texts.asked
    rest = quoted("https://talk.example/threads/7-lamps\n\n-- \nTalk Forum")
    return f"> {first}\n\n{answer}\n\n> {second}\n\n{texts.answers[0]}\n\n{rest}"


def wrapped(line: str) -> str:
    """A line as Gmail breaks it."""
    return "\n".join(textwrap.wrap(line, 76, break_long_words=False, break_on_hyphens=False))


def in_html(text: str) -> str:
    """A text as lines of HTML, each a block."""
    return "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.split("\n"))


def head(mailer: str = "") -> EmailMessage:
    """A message's headers."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = MEMBER, "forum+word@talk.example"
    message["Subject"], message["Message-ID"] = "Re: Lamps", "<1@mail.example>"
    if mailer:
        message["X-Mailer"] = mailer
    return message


def both(text: str, markup: str) -> EmailMessage:
    """A message in text and HTML."""
    message = head()
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(f"<html><head></head><body>{markup}</body></html>", subtype="html")
    return message
