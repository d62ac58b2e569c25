"""What an engine can be asked at a bounded cost, by how often words occur: pure.

It walks along the rarest of some words, and on the way looks at every place of the words of a phrase.
"""

from collections.abc import Iterable
from dataclasses import replace

from forum.search.scoring import Frequencies
from forum.search.tables import Expression, Term

COMMON = 20_000  # threads that have a word; in fewer any combination of words is found within a tenth of a second
ALL_OF = 8  # words that "all words" means at most, the rarest: more only cost
PHRASES, LONGEST = 4, 8  # how many phrases an engine is asked for, and words in each


def affordable(asked: Expression, known: Frequencies) -> Expression:
    """The same in a form that costs little: common phrases by their words and a look at the text, the rarest words."""
    phrases = sorted((term for term in asked.all_of if len(term) > 1), key=lambda term: _often(term, known))
    engines = [term for term in phrases if len(term) <= LONGEST and _often(term, known) <= COMMON][:PHRASES]
    read = tuple(term for term in phrases if term not in engines)
    singles = [term for term in asked.all_of if len(term) == 1] + [(word,) for term in read for word in term]
    kept = (*engines, *rarest(singles, known))
    return replace(asked, all_of=kept, read=read, only_recent=_is_endless(replace(asked, all_of=kept), known))


def rarest(terms: Iterable[Term], known: Frequencies) -> list[Term]:
    """So many of the rarest, each once; the rarest first, which settles it soonest where texts are read."""
    return sorted(dict.fromkeys(terms), key=lambda term: _often(term, known))[:ALL_OF]


def _often(term: Term, known: Frequencies) -> int:
    return min(known.of(word) for word in term)


def _is_endless(asked: Expression, known: Frequencies) -> bool:
    """Whether an engine may walk for long and for nothing: along common words that are seldom together."""
    steps = [_often(term, known) for term in asked.all_of]
    if asked.any_of:
        steps.append(sum(_often(term, known) for term in asked.any_of))
    words = {word for term in (*asked.all_of, *asked.any_of) for word in term}
    return len(words) + len(asked.none_of) > 1 and min(steps, default=0) > COMMON
