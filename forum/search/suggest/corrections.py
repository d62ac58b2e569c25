"""Did you mean: words that occur nowhere are compared with those that do, as far as the reader may see them.

Words of a query are judged together: of what looks like them, by how often it was written side by side, else by how
often in the same thread or reply, and by how many slips it is away. "mailng lst" is a mailing list, not "may last".
"""

from collections.abc import Sequence
from itertools import pairwise, product

from forum.models import Member
from forum.search.index import term_frequencies
from forum.search.query.query import ParsedQuery
from forum.search.query.visible_terms import having, seen
from forum.search.suggest.corrected_phrases import Correction, Near, Word, corrections_of, most_likely
from forum.search.suggest.similar_terms import within_one_slip, within_two_slips

SHORTEST, ALONE = 3, 4  # letters of a word that is corrected, and of one that no other word of the query speaks for
CORRECTED = 3  # words of a query
COUNTED = 20  # of what has a near word, how many: the commoner of two words that are as near is meant
SLIP = 1.0  # what is a slip away is as likely as what was written twice as often
CHANGED, EVIDENCE = 1.0, 2  # a word that is known is doubted as much more, and only by so many threads and replies


def did_you_mean(actor: Member | None, asked: ParsedQuery) -> str:
    """The query with its misspelt words corrected, or nothing."""
    q, language, found = asked.query.q, asked.language, _words(actor, asked)
    odd = [one for one in found if not one.is_known][:CORRECTED]
    pairs = [(one, other) for one, other in pairwise(found) if one in odd or other in odd]
    near = {one: _near(one, language) for one in dict.fromkeys([*odd, *(one for pair in pairs for one in pair)])}
    meant = most_likely(_side_by_side(actor, near, pairs, q), near, language)
    for one in (one for one in odd if one not in meant):
        meant |= most_likely(_in_company(actor, one, near, found), near, language)
    for one in (one for one in odd if one not in meant and len(one.word) >= ALONE):
        meant |= _alone(actor, one, near, language)
    for one in sorted(meant, key=lambda one: -one.start):
        q = q[: one.start] + meant[one] + q[one.end :]
    return q if q != asked.query.q else ""


def _words(actor: Member | None, asked: ParsedQuery) -> list[Word]:
    """The words of a query in their order; compounds, and words of scripts without spaces, are not corrected."""
    whole = [one for one in asked.typed if one.term in asked.parts_of]
    singles = {one.start: one for one in asked.typed if len(one.term) == 1}
    typed = [one for one in singles.values() if not any(each.start <= one.start < each.end for each in whole)]
    long = [one.term[0] for one in typed if len(one.term[0]) >= SHORTEST]
    odd = {*long}.difference(seen(actor, long, most=len(long)))
    words = (Word(one.start, asked.query.q[one.start : one.end], one.term[0], one.term[0] not in odd) for one in typed)
    return sorted(words, key=lambda one: one.start)


def _near(one: Word, language: str) -> dict[str, float]:
    """What a word may have been meant to be."""
    if len(one.word) < SHORTEST:
        return {one.word: 0.0}
    near = dict.fromkeys(within_one_slip(one.typed, language), SLIP)
    if one.is_known:
        return dict.fromkeys(near, SLIP + CHANGED) | {one.word: 0.0}
    return dict.fromkeys(within_two_slips(one.typed, language), 2 * SLIP) | near


def _side_by_side(actor: Member | None, near: Near, pairs: Sequence[tuple[Word, Word]], q: str) -> list[Correction]:
    """What words next to each other may have been meant to be."""
    found: list[Correction] = []
    for one, other in pairs:
        if not any(letter.isalnum() for letter in q[one.end : other.start]):
            found += corrections_of(actor, (one, other), product(near[one], near[other]))
    return [reading for reading in found if not reading.changes_known or len(reading.rows) >= EVIDENCE]


def _in_company(actor: Member | None, one: Word, near: Near, found: Sequence[Word]) -> list[Correction]:
    """What a word may have been meant to be beside the rarest other word of the query."""
    others = term_frequencies.known([each.word for each in found if each.is_known])
    if not others.documents:
        return []
    rarest = min(others.documents, key=lambda word: (others.of(word), word))
    return corrections_of(actor, (one,), [(word,) for word in near[one]], beside=[(rarest,)])


def _alone(actor: Member | None, one: Word, near: Near, language: str) -> dict[Word, str]:
    """What a word may have been meant to be: what is one slip away before what is two, the commonest first."""
    known = term_frequencies.known(near[one])
    for slips in (SLIP, 2 * SLIP):
        alike = [word for word, doubt in near[one].items() if doubt == slips]
        found = [Correction((one,), (word,), having(actor, word, known, most=COUNTED)) for word in alike]
        if meant := most_likely([reading for reading in found if reading.rows], near, language):
            return meant
    return {}
