"""What is looked for of a query that is too long: its most telling words.

They are rare in the forum and often in the query, and stand somewhere the reader may read, so that nobody learns from
which words were chosen what stands where they may not.
"""

import math
from collections import Counter
from dataclasses import replace

from forum.models import Member
from forum.search.index import term_frequencies
from forum.search.query.query import ParsedQuery
from forum.search.query.visible_terms import seen
from forum.search.text.tokenizer import Term

TERMS_MAX = 32  # words and phrases that a query is looked for with as it is
TELLING = 8  # words that are looked for of a longer one: of posts as queries 6 to 10 are alike, 32 is −3 and −9 MAP
LOOKED_AT = 100  # of the most telling words, how many are looked for among what the reader may see


def is_too_long(asked: ParsedQuery) -> bool:
    """Whether a query has more words and phrases than are looked for."""
    return len(asked.terms) + len(asked.phrases) > TERMS_MAX


def shortened(actor: Member | None, asked: ParsedQuery) -> ParsedQuery:
    """A query that is too long with its phrases, as far as they are not too many, and its most telling words."""
    phrases = asked.phrases[:TERMS_MAX]
    chosen = _telling(actor, asked, max(0, TELLING - len(phrases)))
    terms = tuple(term for term in asked.terms if term in chosen)
    compounds = tuple(one for one in asked.compounds if (one.word,) in chosen)
    return replace(asked, phrases=phrases, terms=terms, compounds=compounds)


def _telling(actor: Member | None, asked: ParsedQuery, most: int) -> set[Term]:
    known = term_frequencies.known(word for term in asked.terms for word in term)
    often = Counter(one.term for one in asked.typed)
    rarity = {term: max(map(known.rarity, term)) for term in asked.terms}
    by_weight = sorted(asked.terms, key=lambda term: -rarity[term] * math.log1p(often[term]))
    rarest = {max(term, key=known.rarity): term for term in by_weight if all(word in known.documents for word in term)}
    there = seen(actor, list(rarest)[:LOOKED_AT], most=most)
    return {rarest[word] for word in there} or set(by_weight[:most])
