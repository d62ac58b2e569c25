"""What an engine can be asked at a bounded cost, by how often words occur: pure.

It walks along the rarest of some words, and on the way looks at every place of the words of a phrase.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import prod

from forum.search.index.tables import Expression
from forum.search.text.scoring import Frequencies
from forum.search.text.tokenizer import Term

COMMON = 20_000  # threads that have a word; in fewer any combination of words is found within a tenth of a second
ALL_OF = 8  # words that "all words" means at most, the rarest: more only cost
RARE = 0.01  # share of the rows that match; of more a walk along the newest meets enough soon
PHRASES, LONGEST = 4, 8  # how many phrases an engine is asked for, and words in each


def affordable(asked: Expression, known: Frequencies) -> Expression:
    """The same in a form that costs little: common phrases by their words and a look at the text, the rarest words."""
    phrases = sorted((term for term in asked.all_of if len(term) > 1), key=lambda term: _often(term, known))
    engines = [term for term in phrases if len(term) <= LONGEST and _often(term, known) <= COMMON][:PHRASES]
    read = tuple(term for term in phrases if term not in engines)
    singles = [term for term in asked.all_of if len(term) == 1] + [(word,) for term in read for word in term]
    found = replace(asked, all_of=(*engines, *rarest(singles, known)), read=read)
    return replace(found, only_recent=_is_endless(found, known), is_rare=_share(found, known) <= RARE)


def rarest(terms: Iterable[Term], known: Frequencies) -> list[Term]:
    """So many of the rarest, each once; the rarest first, which settles it soonest where texts are read."""
    return sorted(dict.fromkeys(terms), key=lambda term: _often(term, known))[:ALL_OF]


def _often(term: Term, known: Frequencies) -> int:
    return min(known.of(word) for word in term)


def _share(asked: Expression, known: Frequencies) -> float:
    """What share of the rows may match, as if words were independent."""
    shares = [_often(term, known) / known.threads for term in asked.all_of]
    if asked.any_of:
        shares.append(min(1.0, sum(_often(term, known) for term in asked.any_of) / known.threads))
    return prod(shares)


def _is_endless(asked: Expression, known: Frequencies) -> bool:
    """Whether an engine may walk for long and for nothing: along common words that are seldom together."""
    steps = [_often(term, known) for term in asked.all_of]
    if asked.any_of:
        steps.append(sum(_often(term, known) for term in asked.any_of))
    words = {word for term in (*asked.all_of, *asked.any_of) for word in term}
    return len(words) + len(asked.none_of) > 1 and min(steps, default=0) > COMMON
