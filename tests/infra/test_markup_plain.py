"""Converting HTML to plain text and plain text to HTML."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.markup.plain_text import as_paragraphs, excerpt, plain_text, shown_text, without_spoilers
from forum.markup.render import Lookup, render

LOOKUP = Lookup({":D:": ("😀", "Grin")}, lambda names: dict.fromkeys(names, "/members/7-x"), frozenset())


def html(source: str) -> str:
    return render(source, LOOKUP).html


def test_words_stay_words_and_blocks_become_lines() -> None:
    source = '# Title\n\na**b**c *d* :D: @e\nf\n\n- g\n- h\n\n|i|j|\n|-|-|\n|k|l|\n\n```\nm < n\n```\n[o](/p "q > r")'
    assert plain_text(html(source)) == "Title\nabc d 😀 @e\nf\ng\nh\ni\nj\nk\nl\nm < n\no"


def test_characters_that_html_escapes_are_themselves() -> None:
    assert plain_text(html('a &lt; b & c "d" &nbsp; <e>')) == 'a < b & c "d" <e>'


def test_nothing_becomes_nothing() -> None:
    assert plain_text("") == excerpt("") == ""


def test_an_excerpt_is_one_line_of_the_authors_own_text() -> None:
    source = (
        "> [a said:](/posts/4)\n> old\n>\n> > older\n\n:::spoiler The end\nHe dies\n:::\n> plain quote\n\nNew\nwords"
    )
    assert excerpt(html(source)) == "plain quote New words"


def test_spoiler_content_is_in_no_excerpt_even_if_nothing_else_is_left() -> None:
    assert excerpt(html(":::spoiler The end\nHe dies\n:::")) == ""
    assert excerpt(html("> [a said:](/posts/4)\n> old\n>\n> :::spoiler\n> dies\n> :::")) == "a said: old"


def test_an_excerpt_skips_a_long_spoiler() -> None:
    assert excerpt(html(f":::spoiler\n{'secret ' * 2000}\n:::\nThe **rest**s of it"), 40) == "The rests of it"


def test_displayed_text_omits_spoilers_and_keeps_quotes() -> None:
    source = (
        "Intro\n\n::::spoiler End\nHe dies\n:::spoiler Inner\nmore\n:::\n::::\n> [a said:](/posts/4)\n> old\n\nRest"
    )
    assert shown_text(html(source)) == "Intro\na said:\nold\nRest"
    assert "dies" in plain_text(html(source))


def test_in_plain_text_a_spoiler_is_replaced_by_its_title() -> None:
    source = "Intro\n\n::::spoiler The <end>\nHe dies\n:::spoiler Inner\nmore\n:::\nout\n::::\nRest"
    assert without_spoilers(html(source)) == "<p>Intro</p>\n<p>▸ The &lt;end&gt;</p>\n<p>Rest</p>\n"
    assert without_spoilers(html("a\n\n> b")) == html("a\n\n> b")


def test_an_excerpt_of_nothing_but_a_quote_is_the_quote() -> None:
    assert excerpt(html("> [a said:](/posts/4)\n> old")) == "a said: old"


@pytest.mark.parametrize(
    ("words", "length", "expected"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one, two", 5, "one…"),
    ],
)
def test_an_excerpt_ends_at_a_word(words: str, length: int, expected: str) -> None:
    assert excerpt(f"<p>{words}</p>", length) == expected


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(10, 100))
def test_an_excerpt_is_never_longer_than_requested(text: str, length: int) -> None:
    short = excerpt(html(text), length)
    assert len(short) <= length
    assert "\n" not in short


@settings(deadline=None)
@given(st.text(max_size=300))
def test_text_is_displayed_as_it_was_typed(text: str) -> None:
    assert plain_text(as_paragraphs(text)).split() == text.replace("\x1f", " ").split()


def test_paragraphs_and_lines_are_kept() -> None:
    assert as_paragraphs(" a\nb\n \n\nc <d>\n") == "<p>a<br>b</p><p>c &lt;d&gt;</p>"
    assert as_paragraphs(" \n ") == ""
