"""The threads of a digest as its e-mail and the preview on the site show them, whatever the form."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload, load_only

from forum import permissions
from forum.digests.choosing import Chosen
from forum.digests.readers import Reader
from forum.digests.rules import EXCERPT
from forum.digests.watched import BOARD, NEW_THREAD, THREAD
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.text.messages import Message, say, say_many
from forum.markup.plain_text import excerpt
from forum.models import Board, Member, Post, Thread


@dataclass(frozen=True)
class Item:
    """A thread: where it is, why it is told, what is new, and the beginning of the first new post."""

    title: str
    path: str  # of the first new post, or of the thread
    board: str
    why: Message
    news: Message
    author: str
    excerpt: str


@dataclass(frozen=True)
class Section:
    """Some threads under a heading, and how many more there are, which `path` lists."""

    heading: Message
    items: tuple[Item, ...]
    more: int
    path: str


_WHY = {
    THREAD: say("You watch this thread."),
    BOARD: say("You watch this board."),
    NEW_THREAD: say("You watch this board."),
}


def sections_of(reader: Reader, chosen: Chosen) -> list[Section]:
    """The parts of a digest that have something."""
    first_posts = {each.thread_id: each.first for each in chosen.watched} | {
        each.thread_id: 1 for each in chosen.popular
    }
    threads, posts = _threads(reader, first_posts), _posts(first_posts)
    watched = [
        _item(
            threads[each.thread_id],
            posts.get(each.thread_id),
            _WHY[each.why],
            say("New thread")
            if each.why == NEW_THREAD
            else say_many("%(num)d new post", "%(num)d new posts", each.new_posts),
        )
        for each in chosen.watched
        if each.thread_id in threads
    ]
    popular = [
        _item(
            threads[each.thread_id], posts.get(each.thread_id), say("Popular"), _interest(each.repliers, each.reactions)
        )
        for each in chosen.popular
        if each.thread_id in threads
    ]
    made = [
        Section(say("New in what you watch"), tuple(watched), chosen.more_watched, "/whats-new?filter=watched"),
        Section(say("Popular since your last visit"), tuple(popular), chosen.more_popular, "/whats-new"),
    ]
    return [section for section in made if section.items]


def _interest(repliers: int, reactions: int) -> Message:
    replied = say_many("%(num)d member replied", "%(num)d members replied", repliers)
    reacted = say_many("%(num)d member reacted", "%(num)d members reacted", reactions)
    if not reactions:
        return replied
    return say("%(replied)s, %(reacted)s", replied=replied, reacted=reacted) if repliers else reacted


def _item(thread: Thread, post: Post | None, why: Message, news: Message) -> Item:
    path = post.path if post is not None and post.position > 1 else thread.path
    author = post.author.username if post is not None else ""
    words = excerpt(post.html, EXCERPT) if post is not None else ""
    return Item(thread.title, path, thread.board.title, why, news, author, words)


def _threads(reader: Reader, ids: Mapping[int, int]) -> dict[int, Thread]:
    shown = (permissions.visible_threads(reader.member), Thread.is_public)
    named = contains_eager(Thread.board).load_only(Board.title)
    statement = select(Thread).join(Thread.board).where(in_list(Thread.id, ids), *shown)
    found = session.scalars(statement.options(named, load_only(Thread.title, Thread.board_id)))
    return {thread.id: thread for thread in found}


def _posts(places: Mapping[int, int]) -> dict[int, Post]:
    if not places:
        return {}
    conditions = [
        and_(Post.thread_id == thread_id, Post.position == position) for thread_id, position in places.items()
    ]
    wanted = select(Post).where(or_(*conditions), Post.is_public)
    columns = load_only(Post.thread_id, Post.position, Post.html)
    named = joinedload(Post.author).load_only(*Member.line())
    return {post.thread_id: post for post in session.scalars(wanted.options(columns, named))}
