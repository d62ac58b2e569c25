"""Texts of mails: quotes, signatures, what Markdown would change, charsets, and HTML."""

from email.message import EmailMessage

import pytest

from forum.inbox.html_text import text_of_html
from forum.inbox.parts import has_files, parse, text_of, unflowed
from forum.inbox.reply_text import reply_of

SAID = "On 30/11/2026 18:47, Anna wrote:"


@pytest.mark.parametrize(
    ("typed", "posted"),
    [
        ("One.\n\n-- \nBo\n", "One."),
        ("One.\n--\nBo", "One."),
        (f"Before.\n\n{SAID}\n> a\n\nAfter.", "Before.\n\n> a\n\nAfter."),
        ("> only this line\n\nYes.", "> only this line\n\nYes."),
        ("> a\n> b\n> c\n> d\n\nYes.", "Yes."),
        (f"{SAID}\n>> deep\n> a\n\nYes.\n> b\n\nNo.", "> > deep\n> a\n\nYes.\n\n> b\n\nNo."),
        ("On Monday at 18:47 in 2026 I wrote:\nhello", "On Monday at 18:47 in 2026 I wrote:\nhello"),
        ("From: the start\nI liked it.", "From: the start\nI liked it."),
        ("Sent from my heart, not from my iPhone.\n\nBo", "Sent from my heart, not from my iPhone.\n\nBo"),
        ("Hi.\n\nSent from my iPhone", "Hi."),
        ("Hej.\n\nDen 30. november 2026 skrev Anna:\n> a", "Hej."),
    ],
)
def test_quotes_and_signatures_go_and_what_was_typed_stays(typed: str, posted: str) -> None:
    assert reply_of(typed) == posted


@pytest.mark.parametrize(
    ("typed", "posted"),
    [
        ("a\n\n    indented", "a\n\n   indented"),
        ("- a\n    - b", "- a\n    - b"),
        ("Title\n=====\ntext", "Title\n\\=====\ntext"),
        ("Title\n---\ntext", "Title\n\\---\ntext"),
        ("a\n\n---\n\nb", "a\n\n---\n\nb"),
        ("# one\n* two", "# one\n* two"),
    ],
)
def test_plain_text_is_not_changed_by_markdown_that_was_not_meant(typed: str, posted: str) -> None:
    assert reply_of(typed) == posted


def test_flowed_lines_are_joined_to_paragraphs() -> None:
    flowed = "This is a \nparagraph.\n\n> a quote \n> goes on\n -- \n-- \nBo"
    assert unflowed(flowed) == "This is a paragraph.\n\n> a quote goes on\n-- \n-- \nBo"
    assert unflowed("これは \n一つ", deletes_spaces=True) == "これは一つ"


def test_html_becomes_lines_with_marked_quotes_and_without_scripts() -> None:
    html = (
        "<style>p{}</style><script>alert(1)</script><p>One <b>two</b>&nbsp;three.</p><p>Next<br>line</p>"
        "<ul><li>a</li><li>b</li></ul><blockquote>said<blockquote>before</blockquote></blockquote>Answer"
        "<div class=gmail_signature>Bo</div>"
    )
    assert text_of_html(html) == "One two three.\n\nNext\nline\n\n- a\n- b\n\n> said\n>\n> > before\n>\n\nAnswer"


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("Größe".encode("latin-1"), "iso-8859-1", "Größe"),
        ("Größe".encode(), "us-ascii", "Größe"),
        ("Größe".encode("cp1252"), "utf-8", "Größe"),
        ("Größe".encode(), "no-such-charset", "Größe"),
        (b"plain", "punycode", "plain"),
        (b"68616c6c6f", "hex", "68616c6c6f"),
    ],
)
def test_a_charset_that_is_wrong_or_unknown_is_guessed(content: bytes, charset: str, text: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert text_of(parse(head.encode() + content)).strip() == text


def test_text_is_taken_before_html_and_attached_texts_are_files() -> None:
    message = EmailMessage()
    message.set_content("The text.")
    message.add_alternative("<p>The HTML.</p>", subtype="html")
    message.add_attachment("A file.", filename="notes.txt")
    assert text_of(parse(message.as_bytes())).strip() == "The text."
    assert has_files(message)
