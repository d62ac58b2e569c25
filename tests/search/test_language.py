"""A forum in another language finds words by that language's stems, once its index is rebuilt with it."""

import pytest
from sqlalchemy import delete, text

from forum.infra.database.db import session
from forum.search.index import actions
from forum.search.index.index_check import index_problems
from forum.search.index.index_language import base_language, language
from forum.search.index.tables import POSTS, THREADS
from forum.search.text.tokenizer import indexed, words
from tests.factories import a_post, a_thread
from tests.search.queries import ask, titles

pytestmark = pytest.mark.usefixtures("search_forum")


@pytest.mark.parametrize(
    ("old_language", "one", "other"),
    [
        ("de", "Häuser", "Hauses"),
        ("de", "Straße", "STRASSEN"),
        ("fr", "l'eau", "Eaux"),
        ("fr", "nationalité", "NATIONALITÉS"),
        ("it", "dell’amico", "amici"),
        ("es", "canción", "canciones"),
        ("pt", "livrinhos", "LIVRINHO"),
        ("ru", "книгами", "Книги"),
        ("tr", "kitaplar", "kitap"),
        ("sv", "flickorna", "flicka"),
        ("en", "builds", "building"),
        ("en", "children", "Child"),
        ("en", "colours", "coloring"),
    ],
)
def test_inflected_forms_of_a_word_match(old_language: str, one: str, other: str) -> None:
    assert words(one, old_language) == words(other, old_language)
    assert words(one, old_language) != words("Zebra", old_language)


def test_a_language_without_stemmer_keeps_words_whole_and_splits_cjk_into_pairs() -> None:
    assert words("Builds 日本語", "ja") == ["builds", "日本", "本語"]
    assert words("C++ .NET", "de") == ["cplusplus", "dotnet"]
    assert indexed("", "de") == ""


def test_words_inside_names_and_compound_numbers_are_indexed_too() -> None:
    assert indexed("NameNode fails").split() == ["namenod", "fail", "name", "node"]
    assert indexed("HTTPServer, HTTPServer 2").split() == ["httpserver", "httpserver", "2", "http", "server"]
    assert indexed("v4.1.89 of GmbH").split()[-3:] == ["gmb", "4·1·89", "v4"]
    assert indexed("NASA and Nasa at 10.").split() == ["nasa", "and", "nasa", "at", "10"]
    assert indexed("aB" * 40) == words("aB" * 40)[0]


def test_a_word_inside_a_name_is_found_and_marked() -> None:
    a_thread(title="NameNode does not start", body="Since 3.3.4 it hangs.")
    session.commit()
    assert ask("node").hits[0].title.html == "Name<mark>Node</mark> does not start"
    assert titles(ask('"name node"')) == titles(ask("namenode")) == ["NameNode does not start"]


@pytest.mark.slow
def test_a_rebuild_switches_to_the_sites_language() -> None:
    a_thread(title="Neue Häuser am See", body="Sie werden gebaut.")
    session.commit()
    assert language() == "en"
    assert titles(ask("haus")) == []
    assert list(index_problems("de-AT")) == ['its language is "en", the site\'s is "de"']
    actions.reindex_online(lambda *_: None, new_language="de-AT")
    assert language() == "de"
    assert titles(ask("haus")) == titles(ask("Hauses")) == ["Neue Häuser am See"]
    assert ask("haus").hits[0].title.html == "Neue <mark>Häuser</mark> am See"
    assert list(index_problems("de")) == []
    a_post(body="Ein Baum wächst daneben.")
    session.commit()
    assert len(titles(ask("Bäume"))) == 1
    actions.reindex_online(lambda *_: None)
    assert language() == "de"


def test_the_language_of_a_locale() -> None:
    assert [base_language(name) for name in ("pt-BR", "pt_BR", "de", "EN")] == ["pt", "pt", "de", "en"]


def test_scripts_whose_marks_are_letters_keep_them() -> None:
    assert words("चंद्रमा कि की ทั้ง ที่") == ["चंद्रमा", "कि", "की", *words("ทั้ง"), *words("ที่")]
    assert words("ทั้ง") != words("ทง")
    assert words("కి") != words("క")


def test_urls_are_not_taken_for_dotnet() -> None:
    assert "dotnet" not in words("See example.net and www.somewhere.net")
    assert words("asp.net VB.NET Json.NET") == ["asp", "dotnet", "vb", "dotnet", "json", "dotnet"]


def test_an_index_built_by_an_older_tokenizer_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    a_thread(title="Lunar station")
    session.commit()
    assert list(index_problems("en")) == []
    monkeypatch.setattr("forum.search.index.index_language.TOKENIZER_VERSION", 99)
    assert list(index_problems("en")) == ["it was built by older word rules, so some words are not found"]
    actions.reindex_online(lambda *_: None)
    assert list(index_problems("en")) == []


def test_stale_rows_are_reported() -> None:
    thread = a_thread(title="Lunar station", body="About the moon.")
    post = a_post(thread=thread, body="A reply.")
    session.commit()
    assert list(index_problems("en")) == []
    session.execute(delete(POSTS.table).where(POSTS.table.c.rowid == post.id))
    assert list(index_problems("en")) == ["missing replies: 1"]
    session.rollback()
    session.execute(text("UPDATE thread SET title = 'Solar station' WHERE id = :id"), {"id": thread.id})
    assert list(index_problems("en")) == ["recent threads with outdated text: 1"]
    session.rollback()
    session.execute(delete(THREADS.table).where(THREADS.table.c.rowid == thread.id))
    assert "missing threads: 1" in list(index_problems("en"))
    session.rollback()
    session.execute(text("UPDATE thread SET visibility = 2 WHERE id = :id"), {"id": thread.id})
    assert list(index_problems("en")) == [
        "threads that do not exist: 1",
        "replies that do not exist: 1",
    ]
    session.rollback()
    assert list(index_problems("en")) == []
