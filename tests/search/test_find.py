"""Words, phrases and exclusions on either database."""

from datetime import date

import pytest
from flask import Flask

from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.paging import SIZE
from forum.search.index import reply_terms
from forum.search.query import planner
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask, only_hit, titles

pytestmark = pytest.mark.usefixtures("search_forum")


def test_a_word_is_found_in_title_and_body_and_reply() -> None:
    a_thread(title="A lunar station", body="Nothing else.")
    a_thread(title="Second one", body="They speak of the lunar soil.")
    answered = a_thread(title="Third one", body="Nothing.")
    a_post(thread=answered, body="A lunar reply.")
    a_thread(title="Fourth one", body="Of Mars.")
    assert titles(ask("lunar"))[0] == "A lunar station"
    assert sorted(titles(ask("lunar"))) == ["A lunar station", "Second one", "Third one"]


def test_endings_case_and_accents_do_not_matter() -> None:
    a_thread(title="Building STATIONS for naïve Übermütige", body="Café.")
    for word in ("build", "station", "BUILDINGS", "naive", "NAÏVE", "ubermutige", "cafe", "CAFÉ", "cafe\u0301"):
        assert len(ask(word).hits) == 1, word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The UN and AI in a 5G net", "ai"),
        ("The UN and AI in a 5G net", "UN"),
        ("The UN and AI in a 5G net", "5g"),
        ("Written in C++ today", "C++"),
        ("Written in C# today", "c#"),
        ("Moved to .NET last year", ".net"),
        ("Written in C++17 today", "C++"),
        ("Written in C++17 today", "c++17"),
        ("Written in C#8 today", "C#"),
        ("An ASP.NET service", ".NET"),
        ("A VB.NET service", "vb.net"),
        ("Painted with Paint.NET", ".net"),
        ("The music of Søren in Łódź", "soren lodz"),
        ("The music of Søren in Łódź", "SØREN ŁÓDŹ"),
        ("Spiste bøger i Đà Nẵng", "boger da nang"),
        ("Þór and Ægir, a cœur in Hürriyet ılık", "thor aegir coeur ilik"),
        ("مُحَمَّد رسول", "محمد"),
        ("محمد رسول", "مُحَمَّد"),
        ("مـحـمـد رسول", "محمد"),
        ("שָׁלוֹם עליכם", "שלום"),
        ("שלום עליכם", "שָׁלוֹם"),
        ("中俄同意共建月球科研站", "月球"),
        ("中俄同意共建月球科研站", "科研站"),
        ("中俄同意共建月球科研站", "月"),
        ("月面基地を建設する計画", "基地"),
        ("ロケットの打ち上げ", "ロケット"),
        ("ロケットの打ち上げ", "打ち上げ"),
        ("달 기지를 건설하기로 합의했다", "기지"),
        ("달 기지를 건설하기로 합의했다", "달"),
        ("สถานีอวกาศบนดวงจันทร์", "อวกาศ"),
        ("Строительство лунной станции", "лунной"),
        ("चंद्रमा पर स्टेशन", "चंद्रमा"),
        ("It doesn’t work", "doesn't"),
    ],
)
def test_short_words_and_words_of_every_script_are_found(text: str, word: str) -> None:
    a_thread(title="Nothing to see here", body=text)
    a_thread(title="Another of C and net", body="完全不同的内容 다른 내용 違う内容")
    assert titles(ask(word)) == ["Nothing to see here"]


def test_c_plus_plus_is_not_c() -> None:
    a_thread(title="On C++ alone")
    a_thread(title="On plain C alone")
    assert titles(ask("C++")) == ["On C++ alone"]
    assert titles(ask("C")) == ["On plain C alone"]


def test_a_phrase_is_found_only_in_its_order() -> None:
    a_thread(title="First thread", body="The space station flies.")
    a_thread(title="Second thread", body="The station in space flies.")
    assert titles(ask('"space station"')) == ["First thread"]
    assert sorted(titles(ask("space station"))) == ["First thread", "Second thread"]


def test_a_phrase_does_not_span_title_and_body() -> None:
    a_thread(title="The open space", body="Station to station.")
    assert ask('"space station"').loosened


def test_excluded_words_are_left_out() -> None:
    a_thread(title="China on the moon")
    a_thread(title="China on the sea")
    assert titles(ask("china -sea")) == ["China on the moon"]
    assert titles(ask('china -"the sea"')) == ["China on the moon"]


def test_threads_with_all_words_come_before_those_with_some() -> None:
    a_thread(title="Moon moon moon moon")
    a_thread(title="The moon and a base", body="With many more words than the other has, so that it counts for less.")
    assert titles(ask("moon base")) == ["The moon and a base", "Moon moon moon moon"]


def test_an_unknown_word_does_not_empty_the_results() -> None:
    a_thread(title="The moon landing")
    assert titles(ask("how was the moon landing xyzzy organised")) == ["The moon landing"]


def test_in_title_searches_only_titles() -> None:
    a_thread(title="Of Mars alone", body="And the moon.")
    a_thread(title="Of the moon alone", body="And Mars.")
    assert titles(ask("moon in:title")) == ["Of the moon alone"]


def test_filters_by_author_board_and_day() -> None:
    anna, outer = a_member("anna"), a_board("Outer")
    inner = a_board("Inner", parent_id=outer.id)
    thread = a_thread(title="Moon one", board=inner)
    a_post(thread=thread, by=anna, body="The moon, says anna.")
    a_thread(title="Moon two", by=anna)
    today = thread.started_at.date()
    assert sorted(titles(ask("moon", author=anna))) == ["Moon one", "Moon two"]
    assert titles(ask("moon", board=str(outer.id))) == ["Moon one"]
    assert titles(ask("moon board:inner")) == ["Moon one"]
    assert titles(ask("moon", days=(today, None))) == titles(ask("moon"))
    assert titles(ask("moon", days=(None, today))) == []
    assert titles(ask(f"moon before:{today}")) == []
    assert titles(ask("moon", days=(None, date(2100, 1, 1)))) == titles(ask("moon"))


def test_an_author_alone_lists_their_posts_newest_first() -> None:
    anna = a_member("anna")
    a_thread(title="The older one", by=anna)
    a_thread(title="The newer one", by=anna)
    a_thread(title="Of somebody else")
    assert titles(ask("", author=anna)) == ["The newer one", "The older one"]


def test_by_date_the_newest_comes_first() -> None:
    a_thread(title="Moon moon moon")
    a_thread(title="A later thread", body="With one moon in it.")
    assert titles(ask("moon")) == ["Moon moon moon", "A later thread"]
    assert titles(ask("moon", sort="date")) == ["A later thread", "Moon moon moon"]


def test_posts_of_a_thread_are_one_hit() -> None:
    thread = a_thread(title="The question", body="Nothing.")
    posts = [a_post(thread=thread, body=f"Answer {number}: the moon.") for number in range(3)]
    hit = only_hit(ask("moon"))
    assert hit.post in posts
    assert hit.more == 2


def test_pages_follow_one_another_without_gaps() -> None:
    starter, board = a_member(), a_board()
    made = {a_thread(title=f"Moon number {number}", by=starter, board=board).title for number in range(SIZE + 5)}
    first, second = ask("moon"), ask("moon", page=2)
    assert (first.page.total, len(first.hits), len(second.hits)) == (SIZE + 5, SIZE, 5)
    assert {*titles(first), *titles(second)} == made
    assert titles(ask("moon", page=3)) == []


def test_an_empty_query_is_reported() -> None:
    for empty in ("", "  ", "-moon", "...", '""'):
        with pytest.raises(Invalid) as refused:
            ask(empty)
        assert "q" in refused.value.fields


def test_an_unknown_board_is_reported() -> None:
    with pytest.raises(Invalid) as refused:
        ask("moon", board="4711")
    assert "board" in refused.value.fields


def test_a_misspelt_word_is_corrected(search_forum: Flask) -> None:
    a_thread(title="The lunar station", body="Agreements were signed.")
    assert ask("lunar statoin").did_you_mean == "lunar station"
    assert ask("agreemints").did_you_mean == "agreements"
    assert ask("lunar").did_you_mean == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rpinter", "printer"),
        ("printre of mine", "printer of mine"),
        ("aprnter prnter", "aprnter printer"),
        ("prnter PRNTER", "printer printer"),
        ('"my prnter" -prnter', '"my printer" -prnter'),
        ("Lodx", "łódź"),
        ("prnter author:prnter", "printer author:prnter"),
        ("dbugger", "debugger"),
        ("debuger", "debugger"),
        ("strnige", "strange"),
        ("лунай", "луна"),
        ("xyzzy", ""),
    ],
)
def test_a_word_is_corrected_in_place_whichever_letter_is_wrong(typed: str, meant: str) -> None:
    thread = a_thread(title="My printer in Łódź", body="A strange question about луна.")
    a_post(thread=thread, body="Use a debugger.")
    session.commit()
    reply_terms.index_new_replies()
    assert ask(typed, author=None).did_you_mean == meant


def test_a_phrase_of_only_common_words_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    a_thread(title="Moon and station", body="The lunar base is near the station of the moon.")
    a_thread(title="Base near the moon", body="A station on the lunar side, and the base.")
    a_thread(title="Nothing of it", body="Lunar things.")
    session.commit()
    queries = (
        '"lunar base"',
        '"base near" moon',
        '"lunar base" side',
        'in:title "station moon"',
        "moon station",
        '"near the"',
    )
    before = [ask(q) for q in queries]
    assert titles(before[0]) == ["Moon and station"]
    assert [answer.loosened for answer in before] == [(), (), (), ("station moon",), (), ()]
    monkeypatch.setattr(planner, "COMMON_WORD_THREADS", -1)
    assert [ask(q) for q in queries] == before
