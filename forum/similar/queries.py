"""The similar threads that a reader may see."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import contains_eager

from forum import permissions
from forum.infra.database.core_statements import without_index
from forum.infra.database.db import session
from forum.models import Board, Member, SimilarThread, Thread
from forum.models.members.member import with_member_name
from forum.permissions import Actor, scope_of, visible_threads
from forum.search.index import postings
from forum.search.index.index_language import language
from forum.search.index.tables import THREADS
from forum.search.text.scoring import Text
from forum.search.text.tokenizer import every_span, indexed
from forum.similar import embeddings
from forum.similar.ranking import nearest
from forum.similar.scoring import Embeddings

MAX_SHOWN = 5
EXPLAINED = 20
LOOKED_THROUGH = 200  # threads similar to a typed title that are checked, as a reader may not see all of them


def similar_to(actor: Member | None, thread: Thread, limit: int = MAX_SHOWN) -> list[Thread]:
    """The stored similar threads, most similar first, ties by age (older first); only public ones."""
    scope = scope_of(actor)
    values = {"thread_id": thread.id, "boards": sorted(scope.see)}
    statement = _similar(limit).where(visible_threads(actor)) if scope.own_only else _similar(limit)
    return list(session.scalars(statement, values))


@cache
def _similar(limit: int) -> Select[Thread]:
    thread_id: BindParameter[int] = bindparam("thread_id")
    statement = _with_names().join(SimilarThread, SimilarThread.similar_id == Thread.id)
    statement = statement.where(SimilarThread.thread_id == thread_id, Thread.id != thread_id)
    statement = statement.where(Thread.is_public, without_index(Board.id).in_(bindparam("boards", expanding=True)))
    return statement.order_by(SimilarThread.score.desc(), Thread.id).limit(limit)


@dataclass(frozen=True)
class Reason:
    """Why a thread is similar: its score, and the shared words as spelled in the thread asked about."""

    thread: Thread
    nearness: float
    words: tuple[str, ...]
    is_stored: bool


def reasons(actor: Member, thread: Thread, limit: int = EXPLAINED) -> list[Reason]:
    """The threads similar to a thread, computed now, most similar first, with reasons; for admins."""
    permissions.require(permissions.may_administer(actor))
    text = postings.texts(THREADS, [thread.id]).get(thread.id)
    plain = embeddings.text_of(thread.id)
    if text is None or plain is None:
        return []
    written = f"{plain.title}\n{plain.body}"
    written_words = ((span.word, written[span.start : span.end].lower()) for span in every_span(written, language()))
    surface = dict(sorted(written_words, key=lambda spelling: -len(spelling[1])))  # the shortest spelling of each word
    matches = nearest(text, own=thread.id, embedding=embeddings.load([thread.id]).get(thread.id))[:limit]
    stored = set(session.scalars(select(SimilarThread.similar_id).where(SimilarThread.thread_id == thread.id)))
    rows = session.scalars(_shown(actor).where(Thread.id.in_([match.thread_id for match in matches])))
    threads = {similar.id: similar for similar in rows}
    return [
        Reason(
            threads[match.thread_id],
            match.score,
            tuple(surface.get(word, word) for word in match.words),
            match.thread_id in stored,
        )
        for match in matches
        if match.thread_id in threads
    ]


def suggest(
    actor: Member | None, title: str, body: str = "", limit: int = MAX_SHOWN, *, embedding: Embeddings | None = None
) -> list[Thread]:
    """The threads similar to a text being written, most similar first; `embedding` is its embedding."""
    matches = nearest(Text(indexed(title, language()), indexed(body, language())), embedding=embedding)
    ids = [match.thread_id for match in matches[:LOOKED_THROUGH]]
    if not ids:
        return []
    shown = select(Thread.id).join(Board, Thread.board_id == Board.id).where(Thread.id.in_(ids), _is_shown(actor))
    visible = set(session.scalars(shown))
    best = [thread_id for thread_id in ids if thread_id in visible][:limit]
    threads = {thread.id: thread for thread in session.scalars(_shown(actor).where(Thread.id.in_(best)))}
    return [threads[thread_id] for thread_id in best]


def _is_shown(actor: Actor) -> ColumnElement[bool]:
    return and_(visible_threads(actor), Thread.is_public)


def _with_names() -> Select[Thread]:
    people = (with_member_name(Thread.starter), with_member_name(Thread.last_poster))
    return select(Thread).join(Board, Thread.board_id == Board.id).options(contains_eager(Thread.board), *people)


def _shown(actor: Actor) -> Select[Thread]:
    return _with_names().where(_is_shown(actor))
