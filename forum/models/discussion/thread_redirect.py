"""Where a thread went that was merged into another, or moved to another board."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class ThreadRedirect(Model):
    """A thread `old_id` that was merged redirects to its target for good; one that was moved is its own target.

    Until `shown_until` the list of the board where it was has a row for it. `page_posts` are the ids of the posts that
    were the first on each of the old thread's pages.
    """

    __tablename__ = "thread_redirect"
    __table_args__ = (
        Index("ix_thread_redirect_board", "board_id", "shown_until", info={"only": "shown_until IS NOT NULL"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    old_id: Mapped[int] = mapped_column(index=True)  # no foreign key: the thread may be gone
    target_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), index=True)
    board_id: Mapped[int | None] = mapped_column(ForeignKey("board.id", ondelete="SET NULL"), index=True)
    shown_until: Mapped[datetime | None]
    page_posts: Mapped[list[int]] = mapped_column(JSON, default=list)
