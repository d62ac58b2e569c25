"""Splits of so many posts that a job moves them."""

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.models.moderation.long_threads.stepwise import HAS_WORK, Stepwise


class ThreadSplit(Stepwise):
    """How far the chosen posts of a thread have been moved to a new one (moderation/regrouping/long_splits.py).

    `chosen` are the first and last positions of the posts that go, as they were at the beginning; `kept` is the last
    position before them and `last` that of the thread. `unplaced` are posts without a position that go along, and
    `first_moves` the ids and old positions of those that moved with the first. `cursor` is a member's id, or the old
    position up to which all posts have been moved. If the posts go to a thread that existed, `target_id` says to which,
    and `merge_id` is the merge that begins at the end.
    """

    __tablename__ = "thread_split"
    __table_args__ = (Index("ix_thread_split_work", "entry_id", info={"only": HAS_WORK}),)

    source_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), index=True)
    into_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id", ondelete="SET NULL"), index=True)
    board_id: Mapped[int]  # no foreign key: it may be deleted meanwhile
    title: Mapped[str] = mapped_column(String(150))
    target_id: Mapped[int | None]  # no foreign key: a thread that is marked is not deleted
    merge_id: Mapped[int | None] = mapped_column(ForeignKey("thread_merge.entry_id", ondelete="SET NULL"), index=True)
    kept: Mapped[int]
    last: Mapped[int]
    chosen: Mapped[list[list[int]]] = mapped_column(JSON)
    unplaced: Mapped[list[int]] = mapped_column(JSON)
    first_moves: Mapped[list[list[int]]] = mapped_column(JSON, default=list)

    @property
    def path(self) -> str:
        """Its page."""
        return f"/moderation/splits/{self.entry_id}"
