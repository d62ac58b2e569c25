"""Ranking is a pure function: words in, ordered threads out, with the words that explain the order."""

from collections import Counter

import pytest

from forum.search.text.scoring import YOUNG, Frequencies, Text, heaviest_ids, score, words_within_budget
from forum.similar import scoring

TEXTS = {
    1: Text("china and russia build a lunar station", "the moon base"),
    2: Text("lunar station planned", "of china"),
    3: Text("tank for the army", "a new tank"),
    4: Text("station of the train", "the train is late"),
}


def known_of(texts: dict[int, Text], *, threads: int = 5000) -> Frequencies:
    """The term frequencies of a forum with these texts among others that share no words with them."""
    counts: Counter[str] = Counter()
    for text in texts.values():
        counts.update({*text.title.split(), *text.body.split()})
    return Frequencies(threads, dict(counts) | {"the": threads // 2, "a": threads // 2}, 4, 4)


def ranked(text: Text, known: Frequencies | None = None) -> list[scoring.Similar]:
    """All texts, ranked."""
    known = known or known_of(TEXTS)
    return scoring.score_bm25(scoring.weigh(text, known), TEXTS, known)


def test_shared_rare_words_make_threads_similar() -> None:
    found = ranked(Text("the lunar station of china"))
    assert [one.thread_id for one in found] == [2, 1, 4, 3]
    assert set(found[0].words[:3]) == {"lunar", "station", "china"}


def test_scores_are_fractions_of_the_maximum() -> None:
    found = ranked(Text("lunar station planned"))
    assert all(0 <= one.score <= 1 for one in found)
    assert found[0].score > 0.5


def test_words_that_nobody_else_has_lower_the_score() -> None:
    plain, odd = ranked(Text("lunar station")), ranked(Text("lunar station xyzzy plugh"))
    assert [one.thread_id for one in plain] == [one.thread_id for one in odd]
    assert odd[0].score < plain[0].score


def test_dissimilar_threads_are_not_shown_even_to_fill_five() -> None:
    known = known_of(TEXTS)
    foreign = Text("recipe for apple cake and plum jam with the butter a train brings")
    assert scoring.similar_enough(ranked(foreign, known), foreign) == []
    fitting = Text("lunar station")
    assert [one.thread_id for one in scoring.similar_enough(ranked(fitting, known), fitting)] == [2, 1, 4]


def test_beside_a_match_others_are_shown_from_a_quarter_of_the_threshold() -> None:
    query = Text("lunar station")
    enough, close, far = (scoring.MIN_TITLE_SIMILARITY * share for share in (1.01, 0.26, 0.24))
    found = [scoring.Similar(number, score, ()) for number, score in enumerate((enough, close, far), 1)]
    assert [one.thread_id for one in scoring.similar_enough(found, query)] == [1, 2]
    assert scoring.similar_enough(found[1:], query) == []


def test_with_a_short_title_the_body_decides() -> None:
    assert ranked(Text("help", "the lunar station of china and russia"))[0].thread_id in {1, 2}


def test_a_word_repeated_in_a_body_counts_a_few_times_at_most() -> None:
    once, often, in_title = (
        scoring.words_of(Text(*texts))["moon"] for texts in (("", "moon"), ("", "moon " * 99), ("moon",))
    )
    assert once == 1
    assert once < in_title < often < scoring.REPEATS + 1


def test_a_title_fully_covered_by_the_text_comes_first() -> None:
    known = known_of(TEXTS)
    text = Text("lunar plans", "a station planned by china")
    texts = {1: Text("lunar station and tank army"), 2: Text("lunar station planned for china")}
    first = scoring.score_bm25(scoring.weigh(text, known), texts, known)
    again = scoring.score_coverage(first, text, texts, known)
    assert [one.thread_id for one in again] == [2, 1]
    gains = {one.thread_id: one.score for one in again}
    before = {one.thread_id: one.score for one in first}
    assert gains[2] / before[2] > gains[1] / before[1]


def test_ties_have_a_stable_order() -> None:
    known = known_of(TEXTS)
    same = {number: Text("lunar station", "") for number in (7, 9, 8)}
    found = scoring.score_bm25(scoring.weigh(Text("lunar"), known), same, known)
    assert [one.thread_id for one in found] == [7, 8, 9]


def test_looked_up_words_stay_within_the_budget() -> None:
    known = Frequencies(100_000, {"rare": 10, "middling": 9_000, "common": 50_000, "other": 9_000})
    weights = {"rare": 4.0, "common": 3.0, "middling": 2.0, "other": 1.0}
    assert words_within_budget(weights, known, most=6, budget=10_000) == ["rare", "middling"]
    assert words_within_budget(weights, known, most=1, budget=10_000) == ["rare"]
    assert words_within_budget({"common": 5.0, "rare": 4.0}, known, most=6, budget=10_000) == ["rare"]
    assert words_within_budget({"common": 1.0}, known, most=6, budget=10_000) == ["common"]


def test_threads_with_a_higher_word_weight_are_better_candidates() -> None:
    assert heaviest_ids({"a": [1, 2], "b": [2, 3]}, {"a": 1.0, "b": 2.0}, most=2) == [2, 3]


def test_a_title_word_counts_more_and_repeats_have_diminishing_effect() -> None:
    known = Frequencies(5000, {"moon": 5}, 2, 10)
    wanted = {"moon": 1.0}
    in_title, _ = score(Text("moon here", "x " * 10), wanted, known)
    in_body, _ = score(Text("else here", "moon " + "x " * 9), wanted, known)
    often, _ = score(Text("else here", "moon " * 10), wanted, known)
    assert in_title > in_body
    assert often < 10 * in_body


@pytest.mark.parametrize("threads", [1, 10, YOUNG, 50_000])
def test_common_words_have_little_weight_in_a_forum_of_any_size(threads: int) -> None:
    known = Frequencies(threads, {"the": int(threads * 0.7), "moon": 1})
    assert known.rarity("the") < known.rarity("moon") / 4


def test_a_thread_does_not_count_its_own_words() -> None:
    known = Frequencies(3, {"moon": 1, "base": 2}).without(Text("moon base"))
    assert (known.threads, known.of("moon"), known.of("base"), known.of("else")) == (2, 0, 1, 0)


def test_of_ties_the_thread_started_at_the_same_time_comes_first() -> None:
    found = [scoring.Similar(number, 0.5, ()) for number in (1, 2, 3)]
    again = scoring.in_time(found, {1: 400.0, 2: -0.5, 3: 7.0})
    assert [one.thread_id for one in again] == [2, 3, 1]
    assert again[-1].score == pytest.approx(0.5, rel=1e-6)
    assert again[0].score <= 0.5 * (1 + scoring.SAME_TIME)


def test_time_alone_makes_nothing_similar() -> None:
    found = [scoring.Similar(1, 0.5, ()), scoring.Similar(2, 0.2, ())]
    assert [one.thread_id for one in scoring.in_time(found, {2: 0.0})] == [1, 2]


def test_a_thread_without_a_post_is_not_penalised_for_missing_text() -> None:
    known = known_of(TEXTS)
    texts = {1: Text("lunar station", ""), 2: Text("lunar station", "of the train and the army")}
    query = Text("lunar station of china and russia for the army and a tank")
    wanted = scoring.weigh(query, known)
    plain, _ = score(texts[1], wanted.weights, known)
    first = {one.thread_id: one.score for one in scoring.score_bm25(wanted, texts, known)}
    assert first[1] == pytest.approx(plain / wanted.possible / wanted.reach("lunar station"))
    assert first[1] > plain / wanted.possible


def test_a_thread_with_only_a_title_is_scored_against_what_its_words_can_reach() -> None:
    """With cumulative weights 6, 9 and 10 a title of two words can reach nine tenths, a longer one everything."""
    wanted = scoring.WeightedQuery({"moon": 6.0, "base": 3.0, "of": 1.0}, [6.0, 9.0, 10.0])
    assert wanted.possible == 10.0
    assert wanted.reach("moon base moon") == pytest.approx(0.9**0.5)
    assert wanted.reach("the base of a moon") == wanted.reach("") == 1.0


def test_a_title_only_thread_is_shown_although_a_long_post_has_more_than_a_title_can_match() -> None:
    """It reaches a quarter of its maximum; the same score is noise from a thread that could reach everything."""
    query, short = Text("moon", "a long post"), 1.1 * scoring.MIN_SIMILARITY * 0.5
    assert scoring.similar_enough([scoring.Similar(1, short, (), 0.5)], query) != []
    assert scoring.similar_enough([scoring.Similar(1, short, ())], query) == []
    assert scoring.similar_enough([scoring.Similar(1, short, (), 0.5)], Text("moon")) == []
