"""Compound terms: versions, IP addresses and file names are matched as a whole, before their parts."""

import pytest

from forum.infra.database.db import session
from forum.search.text.snippets import snippet
from forum.search.text.tokenizer import indexed
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask, only_hit, suggested, titles


def some_threads() -> None:
    """Threads that contain the version's numbers separately are newer and mention them more often."""
    starter = a_member()
    a_thread(title="Upgrade", body="Since v4.1.89 nothing works.", by=starter)
    a_thread(title="Another upgrade", body="We still run 4.1.89.2-rc1 here.", by=starter)
    for number in range(8):
        a_thread(title=f"Page 4 of 89, part 1.{number}", body="4 men, 1 dog and 89 cats. 1 4 89", by=starter)
    session.commit()


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_version_is_found_but_not_its_separate_numbers() -> None:
    for typed in ("4.1.89", "v4.1.89", "V4.1.89", '"4.1.89"', '"v4.1.89"', "“4.1.89”"):
        assert titles(ask(typed)) == ["Upgrade", "Another upgrade"], typed
        assert ask(typed).hits[0].missing == (), typed


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_version_in_a_longer_phrase_or_beside_words_is_found_with_or_without_its_v() -> None:
    assert titles(ask('"since 4.1.89 nothing"')) == titles(ask('"since v4.1.89 nothing"')) == ["Upgrade"]
    assert titles(ask("nothing works 4.1.89"))[0] == "Upgrade"
    assert "Upgrade" not in titles(ask("upgrade -4.1.89"))
    assert titles(ask("v4")) == ["Upgrade"]


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_shorter_version_ranks_exact_matches_before_longer_ones() -> None:
    a_thread(title="Short", body="It began in 4.1 already.")
    found = titles(ask("4.1"))
    assert (found[0], sorted(found[1:])) == ("Short", ["Another upgrade", "Upgrade"])
    assert [hit.missing for hit in ask("4.1").hits] == [(), (), ()]


@pytest.mark.usefixtures("search_forum")
@pytest.mark.parametrize(
    ("typed", "term", "near"),
    [
        ("app.config.json", "Edit app.config.json first.", "The app has a config, and json too."),
        ("config.json", "Edit config.json first.", "A json file is the config."),
        ("libfoo.so.1", "It lacks libfoo.so.1 now.", "So libfoo has 1 bug, so it seems."),
        ("my-file_name.tar.gz", "Unpack my-file_name.tar.gz here.", "My name is on the file, a tar of gz."),
        ("192.168.0.1", "Open 192.168.0.1 then.", "0 of 192, 1 of 168."),
        ("10.0.0.1", "Route 10.0.0.1 there.", "0 of 10, 1 of 0."),
        ("fe80::1", "Ping fe80::1 once.", "1 of fe80."),
        ("2001:db8::8a2e:370:7334", "Ping 2001:db8::8a2e:370:7334 once.", "7334 2001 db8 370 8a2e"),
        ("example.org", "See https://example.org/a for it.", "For example, an org."),
        ("java.lang.String", "A java.lang.String it is.", "A string of java, lang."),
        ("Datei.Übung.txt", "Die datei.übung.TXT fehlt.", "Übung: eine Datei, txt."),
    ],
)
def test_the_whole_comes_before_its_parts(typed: str, term: str, near: str) -> None:
    starter, board = a_member(), a_board()
    a_thread(title="The right one", body=term, by=starter, board=board)
    for number in range(3):
        a_thread(title=f"Noise {number}", body=near, by=starter, board=board)
    for query in (typed, typed.upper(), f'"{typed}"', f"“{typed}”"):
        assert titles(ask(query)) == ["The right one"], query


@pytest.mark.usefixtures("search_forum")
def test_matches_within_a_longer_name_come_next_and_are_marked() -> None:
    a_thread(title="Longer", body="Look into app.config.json for it.")
    a_thread(title="Exact", body="Look into config.json for it, and more words follow here.")
    answer = ask("config.json")
    assert titles(answer) == ["Exact", "Longer"]
    assert "<mark>config.json</mark>" in answer.hits[0].snippet.html
    assert "app.<mark>config.json</mark>" in answer.hits[1].snippet.html
    assert answer.loosened == ()


@pytest.mark.usefixtures("search_forum")
def test_a_compound_is_found_in_a_reply_too() -> None:
    a_post(thread=a_thread(title="A question"), body="Try libfoo.so.1 instead.")
    assert only_hit(ask("libfoo.so.1")).snippet.html == "Try <mark>libfoo.so.1</mark> instead."


@pytest.mark.usefixtures("search_forum")
def test_a_compound_without_matches_falls_back_to_its_words_and_says_so() -> None:
    a_thread(title="A node of js")
    answer = ask("node.js")
    assert (titles(answer), answer.loosened) == (["A node of js"], ("node.js",))
    assert ask("9.9.9").hits == []


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_compound_is_suggested_at_every_stage_of_typing() -> None:
    a_thread(title="The file", body="Edit app.config.json first.")
    session.commit()
    for typed in ("4.1.", "4.1.8", "4.1.89", '"4.1.8', '"4.1.89"', "v4.1.89", "v4.1.8"):
        assert "Upgrade" in suggested(typed), typed
    for typed in (
        "app.",
        "app.con",
        "app.config.j",
        "config.js",
        "file app.config.json",
        "“app.conf",
        "app.config.json",
    ):
        assert suggested(typed) == ["The file"], typed


def test_each_compound_is_indexed_as_one_term() -> None:
    assert indexed("Of v4.1.89.Final").split() == ["of", "4", "1", "89", "final", "4·1·89·final", "4·1·89", "v4"]
    assert indexed("wait...what, and so on. Then").split() == ["wait", "what", "and", "so", "on", "then"]
    assert indexed("10:30 is a time, 00:1A:2b a MAC").split()[-1] == "00·1a·2b"


def test_a_compound_is_marked_far_down_in_a_long_text() -> None:
    filler = "Etliche Wörter stehen hier davor. " * 400
    for term, word in (("v4.1.89", "4·1·89"), ("my-file_name.tar.gz", "my·file·name·tar·gz"), ("fe80::1", "fe80··1")):
        assert f"<mark>{term.removeprefix('v')}</mark>" in snippet(f"{filler} {term} {filler}", [word]).html
    parts = snippet(f"{filler} 4.1.89 {filler}", [], sequences=[("4", "1")])
    assert "<mark>4.1</mark>.89" in parts.html
