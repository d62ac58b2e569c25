"""Services of others that are asked about members and posts, and what is asked of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model

MAX_KEY = 200  # characters of a key


class OutsideService(Model):
    """A service by its name: whether it is asked, and its key, which is never shown again."""

    __tablename__ = "outside_service"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    is_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    holds: Mapped[bool] = mapped_column(default=False, server_default=false())  # posts wait until it has answered
    secret: Mapped[str] = mapped_column(String(MAX_KEY), default="", server_default="")
    site_key: Mapped[str] = mapped_column(String(MAX_KEY), default="", server_default="")  # public
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(200), default="", server_default="")


class OutsideCheck(Model):
    """Something to ask or tell a service about a member or a post, and what it answered.

    `fields` is what was sent, so that a correction sends the same; rows are deleted after 30 days.
    """

    __tablename__ = "outside_check"
    __table_args__ = (
        Index("ix_outside_check_member", "member_id", "service", "kind"),
        Index("ix_outside_check_post", "post_id", "service", "kind", unique=True, info={"only": "post_id IS NOT NULL"}),
        Index("ix_outside_check_due", "due_at", info={"only": "done_at IS NULL"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    result: Mapped[str] = mapped_column(String(200), default="", server_default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
