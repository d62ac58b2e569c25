"""Phrases may use the quotation marks of any language, as people, phones and word processors type them."""

import pytest

from forum.search.query.parser import SearchQuery, parse_search, without_last_filter
from tests.factories import a_member, a_thread
from tests.search.queries import ask, suggested, titles

PAIRS = (
    '"red mud"',
    "“red mud”",
    "„red mud“",
    "„red mud”",
    "”red mud”",
    "‟red mud”",
    "«red mud»",
    "« red mud »",
    "»red mud«",
    "»red mud»",
    "‹red mud›",
    "›red mud‹",
    "‘red mud’",
    "‚red mud‘",
    "‚red mud’",
    "’red mud’",
    "‛red mud’",
    "「red mud」",
    "『red mud』",
    "｢red mud｣",
    "﹁red mud﹂",
    "﹃red mud﹄",
    "〝red mud〞",
    "〝red mud〟",
    "＂red mud＂",
    "⹂red mud”",
    '“red mud"',  # the closing mark as on the keyboard
)
OPEN = ('"', "“", "„", "«", "‹", "‘", "‚", "「", "『", "”")


def some_threads() -> None:
    """The same words, adjacent and apart."""
    a_thread(title="Side by side", body="It is said that red mud flows here.")
    a_thread(title="Apart", body="The mud is not red where it flows.")


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
@pytest.mark.parametrize("phrase", PAIRS)
def test_a_phrase_is_found_only_in_its_order_whichever_quotation_marks_it_has(phrase: str) -> None:
    assert titles(ask(phrase)) == ["Side by side"]
    assert titles(ask(f"flows {phrase}")) == ["Side by side"]
    assert titles(ask(f"mud -{phrase}")) == ["Apart"]
    assert titles(ask(f"({phrase})")) == ["Side by side"]


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
@pytest.mark.parametrize("mark", OPEN)
def test_an_unclosed_phrase_is_a_phrase_while_it_is_typed(mark: str) -> None:
    for typed in ("red mud fl", "red mud flows"):
        assert suggested(f"{mark}{typed}") == suggested(f"said {mark}{typed}") == ["Side by side"]
    assert titles(ask(f"{mark}red mud")) == ["Side by side"]
    assert suggested(f"{mark}mud red fl") == []


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_scripts_without_spaces_have_phrases_directly_beside_words() -> None:
    a_thread(title="我想找「赤泥」的照片")
    assert titles(ask("我想找“赤泥”的")) == titles(ask("照片「赤泥」")) == ["我想找「赤泥」的照片"]


@pytest.mark.parametrize("typed", ["don’t", "o’clock rock ’n’ roll", "mud” red", "red » mud", "red” mud", "5” pipe"])
def test_apostrophes_and_unpaired_marks_make_no_phrase(typed: str) -> None:
    query = parse_search(SearchQuery(typed))
    assert [len(phrase) for phrase in query.phrases if len(phrase) > 1] == []


def test_an_apostrophe_does_not_end_a_phrase_in_single_quotation_marks() -> None:
    [phrase] = parse_search(SearchQuery("‘I don’t know’ it")).phrases
    assert phrase == ("i", "dont", "know")


@pytest.mark.parametrize("name", ["“two words”", "«two words»", "„two words“", "‘two words’", "「two words」"])
def test_names_in_filters_can_have_any_quotation_marks(name: str) -> None:
    assert parse_search(SearchQuery(f"mud author:{name}")).query.author == "two words"
    assert parse_search(SearchQuery(f"mud -board:{name}")).without_boards == ("two words",)
    assert without_last_filter(f"mud author:{name[:-3]}") == "mud "


@pytest.mark.usefixtures("search_forum")
def test_an_author_of_two_words_is_found_with_typographic_quotes() -> None:
    zoe = a_member("Zoë Müller")
    a_thread(title="Hers", by=zoe)
    assert titles(ask("", author=zoe)) == ["Hers"]
