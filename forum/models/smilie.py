"""A code in a post that is shown as a small picture."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.base.db import Model


class Smilie(Model):
    """`code` with its colons, e.g. ":coffee:"; `symbol` is the emoji shown."""

    __tablename__ = "smilie"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    symbol: Mapped[str] = mapped_column(String(16))
    order: Mapped[int] = mapped_column(default=0)
