"""Icons of boards."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class BoardIcon(Model):
    """A board's icon, which is square, as WebP; `digest` is the SHA-256 of its content, and part of its address."""

    __tablename__ = "board_icon"

    board_id: Mapped[int] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
