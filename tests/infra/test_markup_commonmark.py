"""Except for the forum's extensions, posts are rendered exactly as CommonMark specifies."""

import re

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from forum.markup.render import Lookup, render
from forum.markup.urls import is_allowed
from tests.parts import examples

LOOKUP = Lookup(smilies={}, members=lambda _: {}, own_hosts=frozenset())


class Plain(MarkdownIt):
    """The parser library without extensions, with the forum's URL check."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name for it
        return is_allowed(url)


PLAIN = Plain("commonmark", {"html": False, "breaks": True})
NOWHERE = re.compile(r'<a href=""[^>]*>(.*?)</a>', re.DOTALL)
OURS = re.compile(r' (rel="nofollow ugc noopener"|tabindex="0"|class="language-[^"]*")')
HEADING = re.compile(r"(</?h)(\d)>")


def as_commonmark(source: str) -> str:
    """The library's own HTML, serialised like the final sanitizer's, with the forum's URLs and heading levels."""
    plain = PLAIN.render(source)
    used = sorted({tag[2] for tag in HEADING.finditer(plain)})
    html = HEADING.sub(lambda tag: f"{tag[1]}{min(6, 3 + used.index(tag[2]))}>", plain)
    html = NOWHERE.sub(r"\1", html)
    allowed = {"a": {"href", "title"}, "ol": {"start"}, "*": set[str]()}
    return nh3.clean(html, tags=nh3.ALLOWED_TAGS | {"h6"}, attributes=allowed, link_rel=None)


def as_ours(source: str) -> str:
    return OURS.sub("", render(source, LOOKUP).html)


@pytest.mark.parametrize(
    "source",
    [
        "a\nb\n\nc\\\nd  \ne",
        "- a\n- b\n\n  c\n\n      code\n- d\n  1. e\n  2. f\n\n7) g\n8) h",
        "*a* **b** ***c*** _d_ __e__ *f **g** h* a*b*c a_b_c **a*b **",
        "`a` ``b ` c`` ` ` `` ` `` `a\nb`",
        "```\na\n  b\n```\n~~~ python\nc\n~~~\n    d\n\n    e",
        "# a\n## b #\nc\n===\nd\n---\n#not",
        "a\n***\n- - -\n_____",
        "> a\nb\n> > c\n>\n> - d\n> 1. e",
        "[a](/b) [c](</d e> 'title') [f][g] [h] [i][]\n\n[g]: /j (k)\n[H]: https://l.test/m?n=o&p\n[i]: #q",
        "<https://a.test/?b=c&d> <e@f.test>",
        "\\*a\\* \\\\ &amp; &copy; &#65; &nope; &ouml; \\a",
        "a < b > c & d \" e ' f",
        "*a `*` b* [a `](/b)` c](/d)",
        "1986. A great year\n\n1. x\n\n   y\n\n\n2. z",
        "\ta\n\n - b\n\n\tc\n\n>\td",
        "foo\n    bar\n\n  baz",
        "[not a link] [a](b [c](/d",
        "Ünïcödé *å*b* 「*中*」文字",
    ],
)
def test_a_known_text_is_rendered_as_commonmark_specifies(source: str) -> None:
    assert as_ours(source) == as_commonmark(source)


MARKS = st.sampled_from(
    [
        *"ab *_`\n#-1.)>\\<&;'\"é",
        "\n\n",
        "\n    ",
        "**",
        "```\n",
        "[a](/b)",
        "[a](",
        "](/b)",
        "- ",
        "> ",
        "1. ",
        "&amp;",
    ]
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(MARKS, max_size=30).map("".join))
def test_any_text_of_common_marks_is_rendered_as_commonmark_specifies(source: str) -> None:
    if source.count(">") < 6 and source.count("-") + source.count(".") + source.count(")") < 6:
        assert as_ours(source) == as_commonmark(source)
