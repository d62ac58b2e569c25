"""Partial matches: rows with some of the words of a query, preferring many rare ones, within a budget."""

from collections.abc import Mapping

from forum.search.index import postings
from forum.search.index.tables import Expression, Index
from forum.search.query.planner import bound_cost
from forum.search.query.query import ParsedQuery
from forum.search.query.retrieval import IndexHit, ids_with, retrieve, rows_of
from forum.search.query.scope import SearchScope
from forum.search.text.scoring import Frequencies, heaviest_ids, words_within_budget

PARTIAL = 300  # rows scored, of threads and of replies
LOOKED_UP = 8  # rarest words of a long query, by which rows are retrieved
SEQUENCES = 3  # compounds whose parts are searched for too
BUDGET = 5_000  # total threads with these words; each is checked for permission and filters


def some_of(
    scope: SearchScope, index: Index, parsed: ParsedQuery, frequencies: Frequencies
) -> tuple[list[IndexHit], bool]:
    """Rows with the required terms and some of the words, and whether these are all."""
    weights = {word: frequencies.rarity(word) for term in parsed.terms for word in term}
    if index.name in scope.few:
        # phrases are required anyway and selective enough
        words = [] if parsed.phrases else sorted(weights, key=lambda word: (-weights[word], word))[:LOOKED_UP]
        terms = [*parsed.sequences, *((word,) for word in words)]
        result = retrieve(scope, index, parsed.with_some(*terms if words else ()), most=PARTIAL)
        return result.rows, result.since is None
    chosen = words_within_budget(weights, frequencies, most=LOOKED_UP, budget=BUDGET)
    expressions = {word: bound_cost(parsed.with_some((word,)), frequencies) for word in chosen}
    if parsed.phrases:
        expressions[""] = bound_cost(parsed.with_some(), frequencies)
    rows, is_all = _heaviest_rows(scope, index, expressions, {"": 0.0, **weights})
    for sequence in parsed.sequences[:SEQUENCES]:
        result = retrieve(scope, index, bound_cost(parsed.with_all(sequence), frequencies), most=PARTIAL)
        rows, is_all = list(dict.fromkeys([*rows, *result.rows])), is_all and result.since is None
    return rows, is_all


def _heaviest_rows(
    scope: SearchScope, index: Index, expressions: Mapping[str, Expression], weights: Mapping[str, float]
) -> tuple[list[IndexHit], bool]:
    """The rows with the highest total weight of matching expressions."""
    ids_by_word = {
        word: postings.ids_with(index, expression, budget=BUDGET) for word, expression in expressions.items()
    }
    best = heaviest_ids(ids_by_word, weights, most=PARTIAL)
    rows = rows_of(scope, index, best, next(iter(expressions.values())))
    if len(rows) < min(len(best), PARTIAL // 2):  # permissions or filters removed most of them
        ids_by_word = ids_with(scope, index, expressions, scanned=BUDGET)
        best = heaviest_ids(ids_by_word, weights, most=PARTIAL)
        rows = rows_of(scope, index, best, next(iter(expressions.values())))
    return rows, len(best) < PARTIAL and all(len(ids) < BUDGET for ids in ids_by_word.values())
