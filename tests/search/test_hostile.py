"""Any input is answered or refused quickly, and none of it is executed or shown as HTML."""

import time
from contextlib import suppress

import pytest

from forum.infra.errors import Invalid
from forum.search.queries import SearchPage
from forum.search.query.parser import QUERY_MAX
from forum.search.text.snippets import snippet
from forum.search.text.tokenizer import words as terms
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask, only_hit, titles

pytestmark = pytest.mark.slow

CPU_SECONDS = 0.1
HOSTILE = [
    '"',
    '""""""',
    "'; DROP TABLE post; --",
    "moon' OR '1'='1",
    'moon" OR "1"="1',
    "moon AND OR NOT NEAR(",
    "NEAR(moon base, 10)",
    "title:moon body:* ^moon moon*",
    "{title body} : moon",
    "moon & | ! <-> :* (",
    "moon:A 'moon':B \\'moon\\' \\\\",
    "-" * QUERY_MAX,
    "(" * QUERY_MAX,
    "moon\x00base",
    "\x00",
    "%_%",
    "\ud800moon",
    "a " * (QUERY_MAX // 2),
    " ".join(f"w{number}" for number in range(100)),
    '"a" ' * (QUERY_MAX // 4),
    "-a " * (QUERY_MAX // 3),
    "月" * QUERY_MAX,
    "author: board: before: after: in:",
    "before:0000-00-00 after:9999-99-99 moon",
    "board:99999999999999999999 moon",
    "\u202emoon\u2066",
    "moon" * (QUERY_MAX // 4),
    "e" + "\u0301" * (QUERY_MAX - 1),
    "before:1990-01-01",
    "after:2099-01-01",
    "board:1 after:2000-01-01",
    "moon " + " ".join(f"-w{number}" for number in range(32)),
    " ".join(f'"a w{number}"' for number in range(30)),
    f'"{"moon base " * 20}" "{"a moon " * 20}"',
]


@pytest.fixture
def rows(search_forum: object) -> None:
    """A few threads with something for every query to find."""
    board, member = a_board(), a_member()
    for number in range(40):
        thread = a_thread(title=f"Moon base {number}", body="A moon, a base, a 月球 w1 w2.", by=member, board=board)
        a_post(thread=thread, by=member, body="Another moon.")
    ask("warm")


@pytest.mark.usefixtures("rows")
def test_hostile_queries_are_answered_or_refused_quickly() -> None:
    slow = [query[:40] for query in HOSTILE if all(_spent(query) > CPU_SECONDS for _ in range(3))]
    assert not slow
    assert len(ask("moon").hits) == 20


@pytest.mark.usefixtures("search_forum")
@pytest.mark.parametrize("query", ["x" * (QUERY_MAX + 1), "w " * QUERY_MAX, '"' * QUERY_MAX * 2])
def test_a_query_longer_than_any_url_is_refused(query: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(query)
    assert "q" in refused.value.fields


@pytest.mark.usefixtures("search_forum")
def test_the_engines_operators_are_treated_as_words() -> None:
    a_thread(title="This or that")
    a_thread(title="Near the moon")
    assert titles(ask("OR")) == ["This or that"]
    assert titles(ask("NEAR")) == ["Near the moon"]


@pytest.mark.usefixtures("search_forum")
def test_hits_are_marked_and_everything_else_is_escaped() -> None:
    a_thread(
        title="<script>alert(1)</script> moon & 'stars'", body="A `<img src=x onerror=alert(1)>` moon & <b>stars</b>"
    )
    hit = only_hit(ask("moon script alert"))
    assert hit.title.html == (
        "&lt;<mark>script</mark>&gt;<mark>alert</mark>(1)&lt;/<mark>script</mark>&gt; <mark>moon</mark>"
        " &amp; &#x27;stars&#x27;"
    )
    assert "<mark>moon</mark>" in hit.snippet.html
    assert "&lt;img" in hit.snippet.html
    assert "<" not in hit.snippet.html.replace("<mark>", "").replace("</mark>", "")


@pytest.mark.usefixtures("search_forum")
def test_the_snippet_shows_the_matching_words() -> None:
    filler = "Some other words follow here. " * 40
    a_thread(title="A long thread", body=f"{filler} Then came the xylophone and the marimba. {filler}")
    html = only_hit(ask("marimba xylophone")).snippet.html
    assert "<mark>xylophone</mark> and the <mark>marimba</mark>" in html
    assert html.startswith("… ")
    assert html.endswith(" …")
    assert len(html) < 400


@pytest.mark.parametrize(
    ("text", "word", "marked"),
    [
        ("Then came the Xylophones and all was well.", "xylophone", "<mark>Xylophones</mark>"),
        ("Then she was happy and all was well.", "happiness", "<mark>happy</mark>"),
        ("Then came a CAFÉ and all was well.", "cafe", "<mark>CAFÉ</mark>"),
        ("Written in C++17 at last.", "c++", "<mark>C++</mark>17"),
        ("An ASP.NET service at last.", ".net", "ASP<mark>.NET</mark>"),
        ("Es gibt 月球科研站 noch.", "月球", "<mark>月球</mark>科研站"),
        ("Es gibt 月球科研站 noch.", "球", "月<mark>球</mark>科研站"),
        ("Кто построил станцию?", "станцию", "<mark>станцию</mark>"),
        ("قال مُحَمَّد هذا", "محمد", "<mark>مُحَمَّد</mark>"),
    ],
)
def test_the_snippet_of_a_very_long_text_shows_the_matching_words(text: str, word: str, marked: str) -> None:
    filler = "Etliche Wörter stehen hier davor. " * 1_400
    started = time.process_time()
    assert marked in snippet(f"{filler}{text} {filler}", terms(word)).html
    assert time.process_time() - started < CPU_SECONDS


@pytest.mark.usefixtures("search_forum")
def test_a_single_chinese_character_is_marked() -> None:
    a_thread(title="买车的问题", body="我想买一辆新车。")
    hit = only_hit(ask("车"))
    assert (hit.title.html, hit.snippet.html) == ("买<mark>车</mark>的问题", "我想买一辆新<mark>车</mark>。")


@pytest.mark.usefixtures("search_forum")
def test_pairs_of_characters_are_marked_as_one() -> None:
    a_thread(title="中俄同意共建月球科研站", body="第一")
    assert only_hit(ask("月球科研")).title.html == "中俄同意共建<mark>月球科研</mark>站"


def _spent(query: str) -> float:
    started = time.process_time()
    with suppress(Invalid):
        assert isinstance(ask(query), SearchPage)
    return time.process_time() - started
