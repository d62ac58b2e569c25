"""Former names of members, which are kept for a year after a change."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class OldName(Model):
    """Until `until`, the member can be found and log in by this name, and nobody else can take it."""

    __tablename__ = "member_old_name"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(120), unique=True)
    until: Mapped[datetime]
