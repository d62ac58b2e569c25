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
    q, language, typed = parsed.query.q, parsed.language, _words(actor, parsed)
    unknown = [word for word in typed if not word.is_known][:CORRECTED]
    pairs = [(word, other) for word, other in pairwise(typed) if word in unknown or other in unknown]
    near = {
        word: _near(word, language) for word in dict.fromkeys([*unknown, *(word for pair in pairs for word in pair)])
    }
    chosen = best_corrections(_adjacent(actor, near, pairs, q), near, language)
    for word in (word for word in unknown if word not in chosen):
        chosen |= best_corrections(_in_context(actor, word, near, typed), near, language)
    for word in (word for word in unknown if word not in chosen and len(word.word) >= MIN_LETTERS_ALONE):
        chosen |= _without_context(actor, word, near, language)
    for word in sorted(chosen, key=lambda word: -word.start):
        q = q[: word.start] + chosen[word] + q[word.end :]
    return q if q != parsed.query.q else ""


def _words(actor: Member | None, parsed: ParsedQuery) -> list[Word]:
    """The words of a query in order, without compounds and words of scripts without spaces, which are not corrected."""
    whole = [term for term in parsed.typed if term.term in parsed.parts_of]
    singles = {term.start: term for term in parsed.typed if len(term.term) == 1}
    typed = [
        term for term in singles.values() if not any(compound.start <= term.start < compound.end for compound in whole)
    ]
    long = [term.term[0] for term in typed if len(term.term[0]) >= MIN_LETTERS]
    unknown = {*long}.difference(visible_words(actor, long, most=len(long)))
    words = (
        Word(term.start, parsed.query.q[term.start : term.end], term.term[0], term.term[0] not in unknown)
        for term in typed
    )
    return sorted(words, key=lambda word: word.start)


def _near(word: Word, language: str) -> dict[str, float]:
    """Candidate corrections of a word, with the penalty of each."""
    if len(word.word) < MIN_LETTERS:
        return {word.word: 0.0}
    near = dict.fromkeys(within_one_edit(word.typed, language), EDIT_PENALTY)
    if word.is_known:
        return dict.fromkeys(near, EDIT_PENALTY + CHANGED) | {word.word: 0.0}
    return dict.fromkeys(within_two_edits(word.typed, language), 2 * EDIT_PENALTY) | near


def _adjacent(actor: Member | None, near: Candidates, pairs: Sequence[tuple[Word, Word]], q: str) -> list[Correction]:
    """Corrections of pairs of adjacent words."""
    corrections: list[Correction] = []
    for word, other in pairs:
        if not any(letter.isalnum() for letter in q[word.end : other.start]):
            corrections += corrections_of(actor, (word, other), product(near[word], near[other]))
    return [reading for reading in corrections if not reading.changes_known or len(reading.rows) >= EVIDENCE]


def _in_context(actor: Member | None, target: Word, near: Candidates, typed: Sequence[Word]) -> list[Correction]:
    """Corrections of a word that occur together with the rarest other word of the query."""
    others = term_frequencies.load([other.word for other in typed if other.is_known])
    if not others.documents:
        return []
    rarest = min(others.documents, key=lambda word: (others.of(word), word))
    return corrections_of(actor, (target,), [(word,) for word in near[target]], beside=[(rarest,)])


def _without_context(actor: Member | None, target: Word, near: Candidates, language: str) -> dict[Word, str]:
    """Corrections of a word without context: one edit before two, the commonest first."""
    frequencies = term_frequencies.load(near[target])
    for edits in (EDIT_PENALTY, 2 * EDIT_PENALTY):
        alike = [word for word, penalty in near[target].items() if penalty == edits]
        corrections = [
            Correction((target,), (word,), visible_rows_with(actor, word, frequencies, most=COUNTED)) for word in alike
        ]
        if chosen := best_corrections([reading for reading in corrections if reading.rows], near, language):
            return chosen
    return {}
