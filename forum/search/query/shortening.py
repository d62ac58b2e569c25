"""Shortening of queries that are too long to their most significant words.

These are rare in the forum and frequent in the query, and occur in a post that the reader may see, so that the choice
of words reveals nothing about other posts.
"""

import math
from collections import Counter
from dataclasses import replace

from forum.models import Member
from forum.search.index import term_frequencies
from forum.search.query.query import ParsedQuery
from forum.search.query.visible_terms import visible_words
from forum.search.text.tokenizer import Term

TERMS_MAX = 32  # words and phrases up to which a query is searched for unchanged
MAX_KEPT_WORDS = 8  # words kept of a longer one; with posts as queries, 6 to 10 are alike, 32 is −3 and −9 MAP
MAX_CHECKED_WORDS = 100  # most significant words that are checked for visibility


def is_too_long(parsed: ParsedQuery) -> bool:
    """Whether a query has too many words and phrases."""
    return len(parsed.terms) + len(parsed.phrases) > TERMS_MAX


def shorten(actor: Member | None, parsed: ParsedQuery) -> ParsedQuery:
    """The query reduced to its phrases, up to TERMS_MAX, and its most significant words."""
    phrases = parsed.phrases[:TERMS_MAX]
    chosen = _most_significant(actor, parsed, max(0, MAX_KEPT_WORDS - len(phrases)))
    terms = tuple(term for term in parsed.terms if term in chosen)
    compounds = tuple(compound for compound in parsed.compounds if (compound.word,) in chosen)
    return replace(parsed, phrases=phrases, terms=terms, compounds=compounds)


def _most_significant(actor: Member | None, parsed: ParsedQuery, most: int) -> set[Term]:
    frequencies = term_frequencies.load(word for term in parsed.terms for word in term)
    occurrences = Counter(typed.term for typed in parsed.typed)
    rarity = {term: max(map(frequencies.rarity, term)) for term in parsed.terms}
    by_weight = sorted(parsed.terms, key=lambda term: -rarity[term] * math.log1p(occurrences[term]))
    rarest = {
        max(term, key=frequencies.rarity): term
        for term in by_weight
        if all(word in frequencies.documents for word in term)
    }
    visible = visible_words(actor, list(rarest)[:MAX_CHECKED_WORDS], most=most)
    return {rarest[word] for word in visible} or set(by_weight[:most])
