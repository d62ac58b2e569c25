"""What the spam filter learns from: the moderators' decisions, and how far it has learned them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model

PENDING = 0  # the version of a sample whose last change the filter has not learned


class SpamSample(Model):
    """A decision on a post: the hashed features of the text decided on, and whether it is spam; None if taken back.

    `learned_as_spam` is what the filter has learned of it as of its `version`; None if it has not.
    """

    __tablename__ = "spam_sample"
    __table_args__ = (
        Index("ix_spam_sample_valid", "post_id", unique=True, info={"only": "is_spam IS NOT NULL"}),
        Index("ix_spam_sample_version", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"), index=True)
    is_spam: Mapped[bool | None]
    was_held: Mapped[bool] = mapped_column(default=False, server_default=false())
    features: Mapped[bytes]
    changed_at: Mapped[datetime]
    learned_as_spam: Mapped[bool | None]
    version: Mapped[int] = mapped_column(default=PENDING)


class SpamModel(Model):
    """The one row that says how far the filter has learned, from which score on it holds, and up to which it is fine.

    None for never. Posts with links have a limit of their own.
    """

    __tablename__ = "spam_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    threshold_version: Mapped[int] = mapped_column(default=0)
    threshold: Mapped[float | None]
    fine_limit: Mapped[float | None]
    fine_limit_with_links: Mapped[float | None]
