"""The classifier and what it learns from: exact forgetting, the cap on ham, the threshold."""

import random

from forum.spam.bayes import Counts
from forum.spam.features import features, has_links, named_features
from forum.spam.learning import Decision, Limits, learned, limits
from forum.spam.reasons import reasons, words_of

SPAM = "Cheap loan for you, apply at https://loans.example/now today!!!"
HAM = "My bicycle has a new chain, and the old one was worn out."


def test_forgetting_leaves_the_counts_as_if_it_had_never_been_learned() -> None:
    counts, untouched = Counts(), Counts()
    for each in (counts, untouched):
        each.add(features(HAM), is_spam=False)
    counts.add(features(SPAM), is_spam=True)
    counts.add(features(SPAM), is_spam=True, sign=-1)
    assert (counts.spam, counts.ham) == (untouched.spam, untouched.ham)
    assert (counts.spam_total, counts.ham_total) == (untouched.spam_total, untouched.ham_total)


def test_what_was_never_seen_weighs_nothing_and_an_untaught_filter_is_undecided() -> None:
    counts = Counts()
    assert counts.score(features(SPAM)) == 0
    counts.add(features(SPAM), is_spam=True)
    assert counts.score(features(SPAM)) == 0  # without ham there is nothing to compare with
    counts.add(features(HAM), is_spam=False)
    assert counts.score(features(SPAM)) > 3 > -3 > counts.score(features(HAM))
    unknown = features("zebra")[:1]
    assert abs(counts.score(unknown)) < 1e-9


def test_three_ham_are_learned_for_each_spam_first_those_wrongly_held_then_the_newest() -> None:
    decisions = [Decision(n, is_spam=n % 10 == 0, was_held=n == 3) for n in range(1000, 0, -1)]
    chosen = learned(decisions)
    ham = [number for number, is_spam in chosen.items() if not is_spam]
    assert (len(chosen), len(ham), ham[:3]) == (400, 300, [3, 999, 998])
    without_spam = learned([each for each in decisions if not each.is_spam])
    assert (len(without_spam), without_spam[3]) == (200, False)


def test_the_threshold_is_exceeded_by_one_in_two_hundred_approved_posts_as_if_not_learned() -> None:
    chosen = random.Random(1)
    posts = [sorted(chosen.sample(range(500), 20)) for _ in range(400)]
    counts = Counts()
    for post in posts[:40]:
        counts.add(post, is_spam=True)
    for post in posts[40:160]:
        counts.add(post, is_spam=False)
    approved = [(post, number < 120) for number, post in enumerate(posts[40:])]
    limit = limits(counts, 40, approved).held
    without = [counts.score(post, without_one=is_learned) for post, is_learned in approved]
    assert sum(score > limit for score in without) == 0
    assert sum(score >= limit for score in without) == 1
    post = posts[40]
    alone = counts.score(post, without_one=True)
    counts.add(post, is_spam=False, sign=-1)
    assert abs(counts.score(post) - alone) < 1e-9
    assert limits(counts, 19, approved) == limits(counts, 40, approved[:199]) == Limits()
    assert not Limits().are_known
    assert not Limits().is_fine(-100, links=False)


def test_fine_is_what_looks_as_little_like_spam_as_most_approved_posts_with_as_many_links() -> None:
    words, counts = ["oil", "tyre", "chain", "brake", "pedal", "saddle", "spoke", "wheel"], Counts()
    chosen = random.Random(2)

    def text(*, links: bool) -> str:
        return " ".join(chosen.choices(words, k=9)) + (" https://bikes.example/shop" if links else "")

    approved = [features(text(links=number % 4 == 0)) for number in range(400)]
    for post in approved:
        counts.add(post, is_spam=False)
    for _ in range(30):
        counts.add(features(SPAM), is_spam=True)
    found = limits(counts, 30, [(post, True) for post in approved])
    scores = {links: [counts.score(post) for post in approved if has_links(post) is links] for links in (False, True)}
    assert found.held == 0, "no approved post looks like spam"
    for links, each in scores.items():
        fine = sum(found.is_fine(score, links=links) for score in each)
        assert 0.93 <= fine / len(each) <= 0.99
    assert found.fine < found.fine_with_links, "the spam has links, so posts without look better"
    rare = [(post, True) for post in approved if not has_links(post)][:250]
    without = limits(counts, 30, rare)
    assert without.is_fine(min(scores[False]), links=False)
    assert not without.is_fine(min(scores[True]), links=True), "where nobody puts links, none is fine"


def test_reasons_are_plain_words() -> None:
    counts = Counts()
    for _ in range(5):
        counts.add(features(SPAM), is_spam=True)
        counts.add(features(HAM), is_spam=False)
    told = [str(words_of(name)) for name in reasons(counts, named_features("A cheap loan: https://loans.example"))]
    assert "links to loans.example" in told
    assert any("cheap loan" in reason for reason in told)
    assert reasons(counts, named_features(HAM)) == []
    assert len(told) <= 5
