"""Where a thread went that was merged into another."""

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class ThreadRedirect(Model):
    """The thread `old_id`, which was in a board, redirects to its target for good.

    `page_posts` are the ids of the posts that were the first on each of the old thread's pages.
    """

    __tablename__ = "thread_redirect"

    id: Mapped[int] = mapped_column(primary_key=True)
    old_id: Mapped[int] = mapped_column(index=True)  # no foreign key: the thread may be gone
    target_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), index=True)
    board_id: Mapped[int | None] = mapped_column(ForeignKey("board.id", ondelete="SET NULL"), index=True)
    page_posts: Mapped[list[int]] = mapped_column(JSON, default=list)
