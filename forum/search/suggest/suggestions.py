"""Suggestions while a query is typed: threads with its words, the last of which may be unfinished."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Member, Thread
from forum.search.index import postings, term_frequencies
from forum.search.index.tables import POSTS, THREADS, Expression
from forum.search.query.board_filters import scope_of
from forum.search.query.planner import bound_cost
from forum.search.query.query import ParsedQuery, TypedTerm
from forum.search.query.retrieval import retrieve
from forum.search.query.scope import SearchScope
from forum.search.query.shortening import is_too_long
from forum.search.query.visible_terms import visible_words
from forum.search.text.scoring import score
from forum.search.text.snippets import HighlightedText, highlight
from forum.search.text.tokenizer import folded, is_unspaced, words

MAX_SUGGESTIONS = 6
MIN_PREFIX_LETTERS = 2  # letters of an unfinished word
ENDINGS = 12  # completions of it: the commonest that occur where the reader may see them
BEGINNINGS = 32  # words examined for that
STEM, CUT = 3, 6  # minimum letters of a stem, maximum of an ending: of "fitn" only "fit" is in the index
MAX_SCORED_THREADS = 60  # threads that are scored, the newest


@dataclass(frozen=True)
class _Completion:
    """The complete words of a query, and the completions of the word being typed."""

    complete: ParsedQuery
    endings: Sequence[str]

    @property
    def words(self) -> list[str]:
        """All words to highlight."""
        return [*self.complete.words, *self.endings]

    @property
    def expression(self) -> Expression:
        """The expression to search for."""
        return replace(self.complete.everything, any_of=tuple((word,) for word in self.endings))


def suggest(
    actor: Member | None, parsed: ParsedQuery, limit: int = MAX_SUGGESTIONS
) -> list[tuple[Thread, HighlightedText]]:
    """The best threads for what is typed so far, with highlighted titles; raises Invalid for unknown boards."""
    if is_too_long(parsed):
        return []
    scope, completion = scope_of(actor, parsed), _completion(actor, parsed.in_parts)
    if not completion.words:
        return []
    best = _best(scope, completion, limit)
    threads = {thread.id: thread for thread in session.scalars(select(Thread).where(Thread.id.in_(best)))}
    return [
        (threads[thread_id], highlight(threads[thread_id].title, frozenset(completion.words), parsed.language))
        for thread_id in best
    ]


def _completion(actor: Member | None, parsed: ParsedQuery) -> _Completion:
    end = len(parsed.query.q)
    last = next((term for term in parsed.typed if term.end == end and len(term.term) == 1), None)
    typed = parsed.query.q[last.start :] if last else ""
    if last is None or is_unspaced(typed):
        return _Completion(parsed, [])
    return _Completion(_without(parsed, last), _completions(actor, typed, parsed.language))


def _without(parsed: ParsedQuery, last: TypedTerm) -> ParsedQuery:
    """The query without its last word, which may belong to a compound or to a phrase still open."""
    whole = next((term.term for term in parsed.typed if term.end == last.end and len(term.term) > 1), last.term)
    begun = [whole[:-1]] if len(whole) > 1 else []
    terms = [term for term in parsed.terms if term != whole]
    if parsed.is_open:
        return replace(parsed, terms=tuple(terms), phrases=(*parsed.phrases[:-1], *begun))
    return replace(parsed, terms=(*terms, *begun))


def _completions(actor: Member | None, typed: str, language: str) -> list[str]:
    """Completions of an unfinished word, including the word as typed; none if it has one letter."""
    complete, start = words(typed, language), folded(typed)
    if len(start) < MIN_PREFIX_LETTERS:
        return []
    endings = visible_words(actor, term_frequencies.beginning_with(start, most=BEGINNINGS), most=ENDINGS)
    if not endings and not visible_words(actor, complete, most=1):
        stems = [start[:length] for length in range(len(start) - 1, max(STEM, len(start) - CUT) - 1, -1)]
        endings = visible_words(
            actor, [stem for stem in stems if stem in term_frequencies.load(stems).documents], most=1
        )
    return list(dict.fromkeys([*complete, *endings]))


def _best(scope: SearchScope, completion: _Completion, limit: int) -> list[int]:
    """Threads with the words in their titles; if these are few, in their first posts; then in replies."""
    frequencies = term_frequencies.load(completion.words)
    everything = bound_cost(completion.expression, frequencies)
    titled = retrieve(
        scope, THREADS, bound_cost(replace(completion.expression, in_title=True), frequencies), most=MAX_SCORED_THREADS
    ).rows
    ids = {row.thread_id for row in titled}
    if len(ids) < limit and not completion.complete.in_title:
        ids |= {row.thread_id for row in retrieve(scope, THREADS, everything, most=MAX_SCORED_THREADS).rows}
    weights = {word: frequencies.rarity(word) for word in completion.words}
    texts = postings.texts(THREADS, ids)
    best = sorted(texts, key=lambda thread_id: (-score(texts[thread_id], weights, frequencies)[0], -thread_id))[:limit]
    if len(best) == limit or completion.complete.in_title:
        return best
    replies = retrieve(scope, POSTS, everything, most=MAX_SCORED_THREADS).rows
    return list(dict.fromkeys([*best, *[row.thread_id for row in replies]]))[:limit]
