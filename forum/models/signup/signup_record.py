"""How an account was registered, for moderators."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model

MAX_SIGNS = 500


class SignupRecord(Model):
    """The signs of spam that spoke when an account was registered, and whether its first posts wait for approval.

    `signs` are codes, one a line, each with a detail after a colon (members/signup/signs.py). With `lets_fine_pass`,
    posts that the spam filter finds fine do not wait.
    """

    __tablename__ = "signup_record"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    registered_at: Mapped[datetime] = mapped_column(index=True)
    signs: Mapped[str] = mapped_column(String(MAX_SIGNS), default="", server_default="")
    holds_posts: Mapped[bool] = mapped_column(default=False, server_default=false())
    lets_fine_pass: Mapped[bool] = mapped_column(default=False, server_default=false())
