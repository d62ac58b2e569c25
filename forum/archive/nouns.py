"""What an archive consists of: a file a noun, in the order in which they are read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from forum.models import (
    Board,
    BoardRead,
    Draft,
    LogEntry,
    Member,
    MemberTitle,
    Notification,
    Post,
    PostRevision,
    Reaction,
    ReactionKind,
    Smilie,
    Thread,
    ThreadRead,
)
from forum.schemas import archive as shapes
from forum.schemas.archive_fields import Reference

# What an archive leaves out. Secrets that open an account: api_token, mail_token, member_session. What is made again
# from the rest: similar_thread, thread_meaning. What is over soon: mail, submission, thread_settling. site_setting is
# in site.json.
LEFT_OUT = frozenset(
    {
        "api_token",
        "mail_token",
        "member_session",
        "similar_thread",
        "thread_meaning",
        "thread_settling",
        "mail",
        "submission",
        "site_setting",
    }
)


@dataclass(frozen=True)
class Noun:
    """A file's name, the table it stands for, the shape of its lines and their order."""

    file: str
    model: Any
    shape: type[shapes.Line]
    order: Callable[[], list[ColumnElement[Any]]]

    @property
    def is_of_post(self) -> bool:
        """Whether it belongs to a post, which its lines name by thread and position."""
        return "post_id" in self.model.__table__.columns

    def references(self) -> dict[str, Reference]:
        """The fields that name another noun."""
        return {name: field for name, field in self.shape().fields.items() if isinstance(field, Reference)}


def _by(*columns: Any) -> Callable[[], list[ColumnElement[Any]]]:
    return lambda: list(columns)


BOARDS = Noun("boards.jsonl", Board, shapes.BoardLine, _by(Board.id))
MEMBERS = Noun("members.jsonl", Member, shapes.MemberLine, _by(Member.id))
POSTS = Noun("posts.jsonl", Post, shapes.PostLine, _by(Post.thread_id, Post.position))
NOUNS = (
    Noun("reaction_kinds.jsonl", ReactionKind, shapes.ReactionKindLine, _by(ReactionKind.id)),
    Noun("member_titles.jsonl", MemberTitle, shapes.MemberTitleLine, _by(MemberTitle.min_messages)),
    Noun("smilies.jsonl", Smilie, shapes.SmilieLine, _by(Smilie.id)),
    MEMBERS,
    BOARDS,
    Noun("threads.jsonl", Thread, shapes.ThreadLine, _by(Thread.id)),
    POSTS,
    Noun(
        "post_revisions.jsonl",
        PostRevision,
        shapes.PostRevisionLine,
        _by(Post.thread_id, Post.position, PostRevision.number),
    ),
    Noun("reactions.jsonl", Reaction, shapes.ReactionLine, _by(Post.thread_id, Post.position, Reaction.member_id)),
    Noun("thread_reads.jsonl", ThreadRead, shapes.ThreadReadLine, _by(ThreadRead.member_id, ThreadRead.thread_id)),
    Noun("board_reads.jsonl", BoardRead, shapes.BoardReadLine, _by(BoardRead.member_id, BoardRead.board_id)),
    Noun("drafts.jsonl", Draft, shapes.DraftLine, _by(Draft.member_id, Draft.place)),
    Noun("alerts.jsonl", Notification, shapes.AlertLine, _by(Notification.id)),
    Noun("log.jsonl", LogEntry, shapes.LogLine, _by(LogEntry.id)),
)


def rows_of(noun: Noun) -> Select[Any]:
    """All rows of a noun as its lines say them: names instead of numbers, in the archive's order."""
    joins: list[tuple[Any, ColumnElement[bool]]] = []
    columns = [_column(noun, name, field, joins).label(name) for name, field in noun.shape().fields.items()]
    statement = select(*columns).select_from(noun.model)
    if noun.is_of_post:
        statement = statement.join(Post, Post.id == noun.model.post_id)
    for target, condition in joins:
        statement = statement.outerjoin(target, condition)
    return statement.order_by(*noun.order())


def _column(noun: Noun, name: str, field: object, joins: list[tuple[Any, ColumnElement[bool]]]) -> ColumnElement[Any]:
    if noun.is_of_post and name in {"thread", "position"}:
        return Post.thread_id.expression if name == "thread" else Post.position.expression
    if not isinstance(field, Reference):
        column: ColumnElement[Any] = getattr(noun.model, name).expression
        return column
    key: ColumnElement[Any] = getattr(noun.model, f"{name}_id").expression
    if field.key == "id":
        return key
    target: Any = aliased(field.noun)
    joins.append((target, key == target.id))
    named: ColumnElement[Any] = getattr(target, field.key)
    return named
