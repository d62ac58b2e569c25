"""While a query is typed: the threads that have its words, the last of which may not be finished."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from forum.infra.db import session
from forum.models import Member, Thread
from forum.search.index import postings, term_frequencies
from forum.search.index.tables import POSTS, THREADS, Expression
from forum.search.query.board_filters import scope_of
from forum.search.query.planner import affordable
from forum.search.query.query import ParsedQuery, Typed
from forum.search.query.retrieval import look
from forum.search.query.scope import Scope
from forum.search.query.shortening import is_too_long
from forum.search.query.visible_terms import seen
from forum.search.text.scoring import score
from forum.search.text.snippets import Marked, marked
from forum.search.text.tokenizer import folded, is_run, words

SHOWN = 6
SHORTEST = 2  # letters of an unfinished word
ENDINGS = 12  # words that it may become: the commonest that begin so and that the reader may know of
BEGINNINGS = 32  # words that are looked at for that
STEM, CUT = 3, 6  # letters of a word without its ending, and of endings: of "fitn" only "fit" is in the index
LOOKED_AT = 60  # threads that are scored, the newest


@dataclass(frozen=True)
class _Looked:
    """What is looked for: what must be there, and the words of which one may be what is being typed."""

    complete: ParsedQuery
    may_become: Sequence[str]

    @property
    def words(self) -> list[str]:
        """All that is marked."""
        return [*self.complete.words, *self.may_become]

    @property
    def expression(self) -> Expression:
        """For an engine."""
        return replace(self.complete.everything, any_of=tuple((word,) for word in self.may_become))


def while_typing(actor: Member | None, asked: ParsedQuery, limit: int = SHOWN) -> list[tuple[Thread, Marked]]:
    """The best threads for what is typed so far, each with its title marked; raises Invalid for what is not there."""
    if is_too_long(asked):
        return []
    scope, looked = scope_of(actor, asked), _looked(actor, asked.in_parts)
    if not looked.words:
        return []
    best = _best(scope, looked, limit)
    threads = {thread.id: thread for thread in session.scalars(select(Thread).where(Thread.id.in_(best)))}
    return [(threads[one], marked(threads[one].title, frozenset(looked.words), asked.language)) for one in best]


def _looked(actor: Member | None, asked: ParsedQuery) -> _Looked:
    end = len(asked.query.q)
    last = next((one for one in asked.typed if one.end == end and len(one.term) == 1), None)
    typed = asked.query.q[last.start :] if last else ""
    if last is None or is_run(typed):
        return _Looked(asked, [])
    return _Looked(_without(asked, last), _may_become(actor, typed, asked.language))


def _without(asked: ParsedQuery, last: Typed) -> ParsedQuery:
    """The query without its last word, which may be that of a compound or of a phrase that is still open."""
    whole = next((one.term for one in asked.typed if one.end == last.end and len(one.term) > 1), last.term)
    begun = [whole[:-1]] if len(whole) > 1 else []
    terms = [term for term in asked.terms if term != whole]
    if asked.is_open:
        return replace(asked, terms=tuple(terms), phrases=(*asked.phrases[:-1], *begun))
    return replace(asked, terms=(*terms, *begun))


def _may_become(actor: Member | None, typed: str, spoken: str) -> list[str]:
    """The words of the forum that an unfinished word may become, itself as it is among them; none of one letter."""
    found, start = words(typed, spoken), folded(typed)
    if len(start) < SHORTEST:
        return []
    endings = seen(actor, term_frequencies.beginning_with(start, most=BEGINNINGS), most=ENDINGS)
    if not endings and not seen(actor, found, most=1):
        stems = [start[:length] for length in range(len(start) - 1, max(STEM, len(start) - CUT) - 1, -1)]
        endings = seen(actor, [stem for stem in stems if stem in term_frequencies.known(stems).documents], most=1)
    return list(dict.fromkeys([*found, *endings]))


def _best(scope: Scope, looked: _Looked, limit: int) -> list[int]:
    """The threads with the words in their titles, if there are few in their first posts, and then in replies."""
    known = term_frequencies.known(looked.words)
    everything = affordable(looked.expression, known)
    titled = look(scope, THREADS, affordable(replace(looked.expression, in_title=True), known), most=LOOKED_AT).rows
    found = {row.thread_id for row in titled}
    if len(found) < limit and not looked.complete.in_title:
        found |= {row.thread_id for row in look(scope, THREADS, everything, most=LOOKED_AT).rows}
    weights = {word: known.rarity(word) for word in looked.words}
    texts = postings.texts(THREADS, found)
    best = sorted(texts, key=lambda one: (-score(texts[one], weights, known)[0], -one))[:limit]
    if len(best) == limit or looked.complete.in_title:
        return best
    replies = look(scope, POSTS, everything, most=LOOKED_AT).rows
    return list(dict.fromkeys([*best, *[row.thread_id for row in replies]]))[:limit]
