"""Edits that wait for approval, and those that were decided."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class HeldEdit(Model):
    """A new `source` of a public post, or a new `title` of the thread that it begins; what is empty stays as it is.

    It waits while its case is open, `post.has_held_edit` says so, and is replaced when its author edits again, `number`
    times. `revision` is the post's when it was written, `title_before` the thread's title then. Once it is approved,
    `approved_revision` is the post's.
    """

    __tablename__ = "held_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int | None] = mapped_column(
        ForeignKey("review_item.id", ondelete="CASCADE"), unique=True, index=True
    )
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(Text, default="", server_default="")
    title: Mapped[str] = mapped_column(String(150), default="", server_default="")
    title_before: Mapped[str] = mapped_column(String(150), default="", server_default="")
    revision: Mapped[int]
    approved_revision: Mapped[int | None]
    number: Mapped[int] = mapped_column(default=0)
    edited_at: Mapped[datetime]
    sample_id: Mapped[int | None] = mapped_column(ForeignKey("spam_sample.id", ondelete="SET NULL"), index=True)
