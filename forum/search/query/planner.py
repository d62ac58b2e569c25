"""Query planning: rewrite an expression so that its cost is bounded, using document frequencies; pure.

An engine scans the postings of the rarest word, and for phrases checks every position of their words on the way.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import prod

from forum.search.index.tables import Expression
from forum.search.text.scoring import Frequencies
from forum.search.text.tokenizer import Term

COMMON_WORD_THREADS = 20_000  # threads that contain a word; below this, any combination of words is found within 0.1 s
ALL_OF = 8  # "all words" requires only this many, the rarest: more only add cost
RARE = 0.01  # share of the rows that match; above this, scanning from the newest soon finds enough
MAX_PHRASES, LONGEST = 4, 8  # most phrases passed to an engine, and most words in each


def bound_cost(expression: Expression, frequencies: Frequencies) -> Expression:
    """A cheaper form of an expression: the rarest words only, and common phrases as words plus a check of the text."""
    phrases = sorted(
        (term for term in expression.all_of if len(term) > 1), key=lambda term: _frequency(term, frequencies)
    )
    engines = [
        term for term in phrases if len(term) <= LONGEST and _frequency(term, frequencies) <= COMMON_WORD_THREADS
    ][:MAX_PHRASES]
    read = tuple(term for term in phrases if term not in engines)
    singles = [term for term in expression.all_of if len(term) == 1] + [(word,) for term in read for word in term]
    bounded = replace(expression, all_of=(*engines, *rarest(singles, frequencies)), read=read)
    return replace(
        bounded, only_recent=_is_unbounded(bounded, frequencies), is_rare=_share(bounded, frequencies) <= RARE
    )


def rarest(terms: Iterable[Term], frequencies: Frequencies) -> list[Term]:
    """The ALL_OF rarest terms, each once; rarest first, so that non-matching rows are rejected early."""
    return sorted(dict.fromkeys(terms), key=lambda term: _frequency(term, frequencies))[:ALL_OF]


def _frequency(term: Term, frequencies: Frequencies) -> int:
    return min(frequencies.of(word) for word in term)


def _share(expression: Expression, frequencies: Frequencies) -> float:
    """The estimated share of matching rows, assuming that words are independent."""
    shares = [_frequency(term, frequencies) / frequencies.threads for term in expression.all_of]
    if expression.any_of:
        shares.append(min(1.0, sum(_frequency(term, frequencies) for term in expression.any_of) / frequencies.threads))
    return prod(shares)


def _is_unbounded(expression: Expression, frequencies: Frequencies) -> bool:
    """Whether an engine may scan many rows and match few: common words that seldom occur together."""
    steps = [_frequency(term, frequencies) for term in expression.all_of]
    if expression.any_of:
        steps.append(sum(_frequency(term, frequencies) for term in expression.any_of))
    words = {word for term in (*expression.all_of, *expression.any_of) for word in term}
    return len(words) + len(expression.none_of) > 1 and min(steps, default=0) > COMMON_WORD_THREADS
