"""A quote names its author, whatever the name contains, and has only the author's own words."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.infra.text.messages import one_line
from forum.markup.quote_source import quote
from forum.markup.render import Lookup, render
from forum.markup.strip_marks import clean_source, strip_marks
from tests.parts import examples

LOOKUP = Lookup(
    smilies={":D:": ("😀", "Grin")},
    members=lambda names: dict.fromkeys(names, "/members/7-x"),
    own_hosts=frozenset({"forum.test"}),
)
BY = re.compile(r'<blockquote class="quote">\n<p class="quote-by"><a href="/posts/5">([^<]*)</a></p>\n')


def test_a_quote_is_what_a_member_would_type() -> None:
    assert quote("qwerrty", "/posts/5", "Hello\n\nworld") == "> [qwerrty said:](/posts/5)\n> Hello\n>\n> world\n\n"


def test_a_quote_is_in_the_visitors_language() -> None:
    assert quote("Riz", "/posts/5", "a", attribution="%(name)s schrieb:").startswith("> [Riz schrieb:](/posts/5)\n")


SOURCES = [
    "text",
    "---",
    "a\n===",
    "-|-\n1|2",
    "- a",
    "> b",
    "",
    "\n\n",
    "```",
    "    code",
    "[x](/y)",
    "](/z)",
    ":::card",
]
NAMES = st.text(max_size=40) | st.text("[]()<>*_`~&;:@!\\|\"'#-+.=/ aD:1www.http://", max_size=30)


@settings(max_examples=examples(150), deadline=None)
@given(NAMES, st.sampled_from(SOURCES))
def test_any_name_is_quoted_unchanged(name: str, source: str) -> None:
    rendered = render(quote(name, "/posts/5", source) + "My words", LOOKUP)
    match = BY.match(rendered.html)
    assert match
    assert unescape(match[1]) == strip_marks(clean_source(f"{one_line(name)} said:".strip()))
    assert rendered.quoted_posts == (5,)
    assert rendered.html.endswith("</blockquote>\n<p>My words</p>\n")


@settings(max_examples=examples(150), deadline=None)
@given(st.text("> \n-*`:a[]()|#~=1.", max_size=60))
def test_any_text_stays_inside_its_quote(source: str) -> None:
    html = render(quote("Riz", "/posts/5", source) + "My words", LOOKUP).html
    assert BY.match(html)
    assert html.endswith("</blockquote>\n<p>My words</p>\n")


def test_what_the_quoted_post_quotes_is_left_out() -> None:
    source = "> [b said:](/posts/4)\n> old\nlazy\n\nNew\n\n> another\n\n```\n> code\n```\n- > in a list"
    assert quote("a", "/posts/5", source) == (
        "> [a said:](/posts/5)\n> New\n>\n>\n> ```\n> > code\n> ```\n> - > in a list\n\n"
    )


def test_a_post_that_only_quotes_is_quoted_whole() -> None:
    assert quote("a", "/posts/5", "> old").startswith("> [a said:](/posts/5)\n>\n> > old")


@pytest.mark.parametrize("source", ["> " * 20_000, "a\n\n" * 15_000, "> a\n\n" * 10_000])
def test_a_hostile_post_can_be_quoted(source: str) -> None:
    assert quote("a", "/posts/5", source).startswith("> [a said:](/posts/5)\n")


def test_several_quotes_follow_each_other() -> None:
    text = "".join(quote(name, f"/posts/{number}", "x") for number, name in enumerate(["a", "b", "c"], 1))
    assert render(text + "d", LOOKUP).quoted_posts == (1, 2, 3)
