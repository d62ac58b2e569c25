"""Smilies: codes in a post that are shown as emoji."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class Smilie(Model):
    """`code` includes its colons (":coffee:"); `text_codes` are space-separated alternatives; `symbol` is the emoji."""

    __tablename__ = "smilie"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    text_codes: Mapped[str] = mapped_column(String(100), default="", server_default="")
    name: Mapped[str] = mapped_column(String(60))
    symbol: Mapped[str] = mapped_column(String(16))
    order: Mapped[int] = mapped_column(default=0)
