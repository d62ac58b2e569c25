"""The rows that have some of the words of a query: those that have most of the rarest, within a budget."""

from collections.abc import Mapping

from forum.search.index import postings
from forum.search.index.tables import Expression, Index
from forum.search.query.planner import affordable
from forum.search.query.query import ParsedQuery
from forum.search.query.retrieval import Found, ids_with, look, rows_of
from forum.search.query.scope import Scope
from forum.search.text.scoring import Frequencies, promising
from forum.search.text.scoring import affordable as affordable_words

PARTIAL = 300  # rows that are scored, of threads and replies each
LOOKED_UP = 8  # the rarest words of a long question, by which rows are found
SEQUENCES = 3  # compounds of which the parts are looked for too
BUDGET = 5_000  # threads that have them, together; each is looked at for permission and filters


def some_of(scope: Scope, index: Index, asked: ParsedQuery, known: Frequencies) -> tuple[list[Found], bool]:
    """Rows with what must be there and some of the words, and whether these are all."""
    weights = {word: known.rarity(word) for term in asked.terms for word in term}
    if index.name in scope.few:
        # phrases must be there in any case, and choose enough
        words = [] if asked.phrases else sorted(weights, key=lambda word: (-weights[word], word))[:LOOKED_UP]
        terms = [*asked.sequences, *((word,) for word in words)]
        found = look(scope, index, asked.with_some(*terms if words else ()), most=PARTIAL)
        return found.rows, found.since is None
    chosen = affordable_words(weights, known, most=LOOKED_UP, budget=BUDGET)
    expressions = {word: affordable(asked.with_some((word,)), known) for word in chosen}
    if asked.phrases:
        expressions[""] = affordable(asked.with_some(), known)
    rows, is_all = _promising(scope, index, expressions, {"": 0.0, **weights})
    for sequence in asked.sequences[:SEQUENCES]:
        found = look(scope, index, affordable(asked.with_all(sequence), known), most=PARTIAL)
        rows, is_all = list(dict.fromkeys([*rows, *found.rows])), is_all and found.since is None
    return rows, is_all


def _promising(
    scope: Scope, index: Index, expressions: Mapping[str, Expression], weights: Mapping[str, float]
) -> tuple[list[Found], bool]:
    """The rows that have the most weight of what some expressions ask for."""
    found = {word: postings.ids_with(index, one, budget=BUDGET) for word, one in expressions.items()}
    best = promising(found, weights, most=PARTIAL)
    rows = rows_of(scope, index, best, next(iter(expressions.values())))
    if len(rows) < min(len(best), PARTIAL // 2):  # the reader may not see most of them, or filters leave few
        found = ids_with(scope, index, expressions, scanned=BUDGET)
        best = promising(found, weights, most=PARTIAL)
        rows = rows_of(scope, index, best, next(iter(expressions.values())))
    return rows, len(best) < PARTIAL and all(len(ids) < BUDGET for ids in found.values())
