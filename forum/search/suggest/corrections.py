"""Did you mean: correct words that occur nowhere to words that occur in posts the reader may see.

The words of a query are corrected together: candidates are ranked by how often they occur adjacently, else by how often
in the same thread or reply, and by edit distance. "mailng lst" is a mailing list, not "may last".
"""

from collections.abc import Sequence
from itertools import pairwise, product

from forum.models import Member
from forum.search.index import term_frequencies
from forum.search.query.query import ParsedQuery
from forum.search.query.visible_terms import visible_rows_with, visible_words
from forum.search.suggest.corrected_phrases import Candidates, Correction, Word, best_corrections, corrections_of
from forum.search.suggest.similar_terms import within_one_edit, within_two_edits

MIN_LETTERS, MIN_LETTERS_ALONE = 3, 4  # minimum letters of a word to correct, and of one corrected without context
CORRECTED = 3  # words corrected per query
COUNTED = 20  # rows counted per candidate: of two equally close words the commoner wins
EDIT_PENALTY = 1.0  # penalty per edit: as much as occurring half as often
CHANGED, EVIDENCE = 1.0, 2  # extra penalty for replacing a word that occurs, and the rows needed to do so


def did_you_mean(actor: Member | None, parsed: ParsedQuery) -> str:
    """The query with its misspelt words corrected, or empty."""
    q, language, found = parsed.query.q, parsed.language, _words(actor, parsed)
    unknown = [one for one in found if not one.is_known][:CORRECTED]
    pairs = [(one, other) for one, other in pairwise(found) if one in unknown or other in unknown]
    near = {one: _near(one, language) for one in dict.fromkeys([*unknown, *(one for pair in pairs for one in pair)])}
    chosen = best_corrections(_adjacent(actor, near, pairs, q), near, language)
    for one in (one for one in unknown if one not in chosen):
        chosen |= best_corrections(_in_context(actor, one, near, found), near, language)
    for one in (one for one in unknown if one not in chosen and len(one.word) >= MIN_LETTERS_ALONE):
        chosen |= _without_context(actor, one, near, language)
    for one in sorted(chosen, key=lambda one: -one.start):
        q = q[: one.start] + chosen[one] + q[one.end :]
    return q if q != parsed.query.q else ""


def _words(actor: Member | None, parsed: ParsedQuery) -> list[Word]:
    """The words of a query in order, without compounds and words of scripts without spaces, which are not corrected."""
    whole = [one for one in parsed.typed if one.term in parsed.parts_of]
    singles = {one.start: one for one in parsed.typed if len(one.term) == 1}
    typed = [one for one in singles.values() if not any(each.start <= one.start < each.end for each in whole)]
    long = [one.term[0] for one in typed if len(one.term[0]) >= MIN_LETTERS]
    unknown = {*long}.difference(visible_words(actor, long, most=len(long)))
    words = (
        Word(one.start, parsed.query.q[one.start : one.end], one.term[0], one.term[0] not in unknown) for one in typed
    )
    return sorted(words, key=lambda one: one.start)


def _near(one: Word, language: str) -> dict[str, float]:
    """Candidate corrections of a word, with the penalty of each."""
    if len(one.word) < MIN_LETTERS:
        return {one.word: 0.0}
    near = dict.fromkeys(within_one_edit(one.typed, language), EDIT_PENALTY)
    if one.is_known:
        return dict.fromkeys(near, EDIT_PENALTY + CHANGED) | {one.word: 0.0}
    return dict.fromkeys(within_two_edits(one.typed, language), 2 * EDIT_PENALTY) | near


def _adjacent(actor: Member | None, near: Candidates, pairs: Sequence[tuple[Word, Word]], q: str) -> list[Correction]:
    """Corrections of pairs of adjacent words."""
    found: list[Correction] = []
    for one, other in pairs:
        if not any(letter.isalnum() for letter in q[one.end : other.start]):
            found += corrections_of(actor, (one, other), product(near[one], near[other]))
    return [reading for reading in found if not reading.changes_known or len(reading.rows) >= EVIDENCE]


def _in_context(actor: Member | None, one: Word, near: Candidates, found: Sequence[Word]) -> list[Correction]:
    """Corrections of a word that occur together with the rarest other word of the query."""
    others = term_frequencies.known([each.word for each in found if each.is_known])
    if not others.documents:
        return []
    rarest = min(others.documents, key=lambda word: (others.of(word), word))
    return corrections_of(actor, (one,), [(word,) for word in near[one]], beside=[(rarest,)])


def _without_context(actor: Member | None, one: Word, near: Candidates, language: str) -> dict[Word, str]:
    """Corrections of a word without context: one edit before two, the commonest first."""
    known = term_frequencies.known(near[one])
    for edits in (EDIT_PENALTY, 2 * EDIT_PENALTY):
        alike = [word for word, penalty in near[one].items() if penalty == edits]
        found = [Correction((one,), (word,), visible_rows_with(actor, word, known, most=COUNTED)) for word in alike]
        if chosen := best_corrections([reading for reading in found if reading.rows], near, language):
            return chosen
    return {}
