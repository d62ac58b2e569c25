"""Text is quoted as displayed: no character becomes markup, and no backslash is added needlessly."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.markup.markdown_escape import MAX_RENDERED, escape_markdown
from forum.markup.plain_text import plain_text
from forum.markup.quote_source import quote
from forum.markup.render import Lookup, render
from forum.markup.strip_marks import clean_source, strip_marks
from tests.parts import examples

SMILIES = {":coffee:": ("☕", "Coffee"), ":)": ("🙂", "Smile")}
LOOKUP = Lookup(SMILIES, lambda names: dict.fromkeys(names, "/members/7-x"), frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "version: 4.1.89 (see #5)",
        "snake_case and 3 * 4 = 12; 50 % off!",
        'He said "no", I\'d say - well - [maybe] <not>',
        "C:\\path\\file",
        "https://example.org/a_b_c?d=e*f and @Bert_x",
        "a & b && c",
        "1.5 or 2) or +3",
        "谢谢，好。",
        "Two\nlines\n\nand a paragraph",
    ],
)
def test_a_text_without_markup_is_quoted_unchanged(text: str) -> None:
    assert escape_markdown(text, SMILIES) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("*a* and b*c", "\\*a* and b*c"),
        ("# not a heading", "\\# not a heading"),
        ("- a\n- b", "\\- a\n\\- b"),
        ("1. a", "1\\. a"),
        ("a\n===", "a\n\\==="),
        ("[x](/y)", "\\[x](/y)"),
        ("[a]: /x", "\\[a]: /x"),
        ("`x`", "\\`x`"),
        ("&amp; :) :coffee:", "\\&amp; \\:) \\:coffee:"),
        ("<https://a.test>", "\\<https://a.test>"),
        (":::spoiler", "\\:::spoiler"),
        ("\\*", "\\\\*"),
        ('@"two words"', '\\@"two words"'),
    ],
)
def test_markup_characters_get_only_the_backslash_they_need(text: str, markdown: str) -> None:
    assert escape_markdown(text, SMILIES) == markdown


TEXTS = st.text(max_size=60) | st.text("*_`~[]()<>&#|:;@\\!-+=.1a 😀谢\n'\"/http:w.)", max_size=60)


@settings(max_examples=examples(250), deadline=None)
@given(TEXTS)
def test_any_text_is_displayed_unchanged_in_its_quote(text: str) -> None:
    markdown = quote("Bert", "/posts/5", escape_markdown(text, SMILIES))
    html = render(markdown + "My words", LOOKUP).html
    quoted = html.partition("</p>\n")[2].rpartition("</blockquote>")[0]
    lines = [" ".join(line.split()) for line in strip_marks(clean_source(text)).split("\n")]
    assert plain_text(quoted).split("\n") == ([line for line in lines if line] or [""])
    assert re.findall(r"</?(\w+)", quoted).count("p") % 2 == 0
    assert set(re.findall(r"</?(\w+)", quoted)) <= {"p", "br", "a"}
    assert html.endswith("</blockquote>\n<p>My words</p>\n")


@settings(max_examples=examples(100), deadline=None)
@given(st.text("*_`[]()<#-1.:)\\a ", max_size=12))
def test_no_backslash_is_superfluous(text: str) -> None:
    markdown = escape_markdown(text, SMILIES)
    wanted = plain_text(render(markdown, LOOKUP).html)
    for place in (found.start() for found in re.finditer(r"\\(?=[!-/:-@\[-`{-~])", markdown)):
        without = markdown[:place] + markdown[place + 1 :]
        html = render(without, LOOKUP).html
        assert plain_text(html) != wanted or re.search(r"<(?!/?(?:p|br|a)\b)", html), (markdown, without)


@pytest.mark.parametrize("text", ["*a* " * 10_000, "`" * 50_000, "a" * 50_000, "- x\n" * 10_000, "#\n\n" * 15_000])
def test_a_long_text_stays_within_the_time_limit(text: str) -> None:
    markdown = escape_markdown(text[:50_000], SMILIES)
    assert len(markdown) <= 100_000
    assert MAX_RENDERED <= 100_000
