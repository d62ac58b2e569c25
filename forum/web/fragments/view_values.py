"""Immutable copies of what fragments show of threads, boards and members."""

from datetime import datetime
from typing import NamedTuple

from forum.infra.text.slugs import path_of
from forum.models import Board, Member, Thread, Visibility
from forum.web.template_globals import ago


class When(NamedTuple):
    """A time and how long ago it was."""

    at: datetime
    ago: str

    @classmethod
    def of(cls, moment: datetime) -> "When":
        """A time as seen now."""
        return cls(moment, ago(moment))


class MemberName(NamedTuple):
    """A member's name, with a link and an avatar."""

    id: int
    username: str

    @property
    def path(self) -> str:
        """The path of the member's profile."""
        return path_of("members", self.id, self.username)

    @classmethod
    def of(cls, member: Member) -> "MemberName":
        """A member's name."""
        return cls(member.id, member.username)


class BoardName(NamedTuple):
    """A board's title, with a link."""

    id: int
    title: str

    @property
    def path(self) -> str:
        """The board's path."""
        return path_of("boards", self.id, self.title)

    @classmethod
    def of(cls, board: Board) -> "BoardName":
        """A board's title."""
        return cls(board.id, board.title)


class ThreadView(NamedTuple):
    """A thread, as lists and the head of its pages show it."""

    id: int
    title: str
    is_pinned: bool
    is_locked: bool
    visibility: Visibility
    last_visible_position: int
    reply_count: int
    view_count: int
    started: When
    last_posted: When
    starter: MemberName
    last_poster: MemberName

    @property
    def is_deleted(self) -> bool:
        """Whether it is deleted."""
        return self.visibility == Visibility.DELETED

    @property
    def path(self) -> str:
        """The thread's path."""
        return path_of("threads", self.id, self.title)

    @classmethod
    def of(cls, thread: Thread) -> "ThreadView":
        """A thread as seen now."""
        return cls(
            id=thread.id,
            title=thread.title,
            is_pinned=thread.is_pinned,
            is_locked=thread.is_locked,
            visibility=Visibility(thread.visibility),
            last_visible_position=thread.last_visible_position,
            reply_count=thread.reply_count,
            view_count=thread.view_count,
            started=When.of(thread.started_at),
            last_posted=When.of(thread.last_posted_at),
            starter=MemberName.of(thread.starter),
            last_poster=MemberName.of(thread.last_poster),
        )
