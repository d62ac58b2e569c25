"""Access lists of boards: which groups may do what in them."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class AccessLevel(StrEnum):
    """What an entry of an access list allows; each includes the ones before it."""

    SEE = "see"
    REPLY = "reply"
    START = "start"


class BoardAccess(Model):
    """An entry of a board's own access list. A board without a list (`Board.has_access_list`) has its parent's."""

    __tablename__ = "board_access"
    __table_args__ = (CheckConstraint("level IN ('see', 'reply', 'start')", name="level"),)

    board_id: Mapped[int] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("member_group.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    level: Mapped[str] = mapped_column(String(10))
    moderates: Mapped[bool] = mapped_column(default=False, server_default="false")
    own_threads_only: Mapped[bool] = mapped_column(default=False, server_default="false")
