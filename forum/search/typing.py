"""While a query is typed: the threads that have its words, the last of which may not be finished."""

from dataclasses import replace

from sqlalchemy import select

from forum.base.db import session
from forum.models import Member, Thread
from forum.search import frequencies, lookup
from forum.search.found import look
from forum.search.language import language
from forum.search.rules import SearchQuery, take_apart
from forum.search.scope import Scope
from forum.search.scoring import score
from forum.search.sight import seen
from forum.search.snippets import Marked, marked
from forum.search.tables import THREADS, WORDS, Expression
from forum.search.words import folded, words

SHOWN = 6
SHORTEST = 2  # letters of an unfinished word
ENDINGS = 12  # words that it may become: the commonest that begin so and that the reader may know of
BEGINNINGS = 32  # words that are looked at for that
LOOKED_AT = 60  # threads that are scored, the newest


def while_typing(actor: Member | None, typed: str, limit: int = SHOWN) -> list[tuple[Thread, Marked]]:
    """The best threads for what is typed so far, each with its title marked; none while there is a filter in it.

    Raises Invalid if it is too long.
    """
    asked = take_apart(SearchQuery(q=typed), language())
    if asked.query != SearchQuery(q=typed):
        return []
    last = typed[asked.typed[-1].start :] if asked.typed and asked.typed[-1].end == len(typed) else ""
    may_become = _may_become(actor, last, asked.language) if last else []
    complete = replace(asked, terms=asked.terms[:-1]) if may_become else asked
    looked_for = [*complete.words, *may_become]
    if not looked_for:
        return []
    everything = Expression(complete.everything.all_of, tuple((word,) for word in may_become), asked.unwanted)
    found = look(Scope(actor), THREADS, replace(everything, in_title=True), most=LOOKED_AT).rows
    if len(found) < limit and not asked.in_title:
        there = {row.rowid for row in found}
        anywhere = look(Scope(actor), THREADS, everything, most=LOOKED_AT).rows
        found = found + [row for row in anywhere if row.rowid not in there]
    best = _best([row.rowid for row in found], looked_for)[:limit]
    threads = {thread.id: thread for thread in session.scalars(select(Thread).where(Thread.id.in_(best)))}
    return [(threads[one], marked(threads[one].title, frozenset(looked_for), asked.language)) for one in best]


def _may_become(actor: Member | None, typed: str, spoken: str) -> list[str]:
    """The words of the forum that an unfinished word may become, itself as it is among them."""
    found, start = words(typed, spoken), folded(typed)
    if len(found) != 1 or len(start) < SHORTEST:
        return []
    column = WORDS.c.word
    begin_so = select(column).where(column >= start, column < start[:-1] + chr(ord(start[-1]) + 1))
    commonest = list(session.scalars(begin_so.order_by(WORDS.c.documents.desc(), column).limit(BEGINNINGS)))
    return list(dict.fromkeys([*found, *seen(actor, commonest, most=ENDINGS)]))


def _best(threads: list[int], looked_for: list[str]) -> list[int]:
    known = frequencies.known(looked_for)
    weights = {word: known.rarity(word) for word in looked_for}
    texts = lookup.texts(THREADS, threads)
    return sorted(texts, key=lambda one: (-score(texts[one], weights, known)[0], -one))
