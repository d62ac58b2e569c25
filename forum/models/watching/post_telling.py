"""Posts of which those who watch are still to be told."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class PostTelling(Model):
    """A job tells the watchers of a post in the order of their ids, and those up to `told_to` know already."""

    __tablename__ = "post_telling"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    told_to: Mapped[int] = mapped_column(default=0, server_default="0")
