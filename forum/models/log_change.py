"""What an entry of the audit log changed, exactly."""

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.log_entry import LogEntry


class LogChange(Model):
    """The values before and after, by name, for a change that can be undone; `undoes_id` is the entry that it undid."""

    __tablename__ = "log_change"

    entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id", ondelete="CASCADE"), primary_key=True)
    was: Mapped[dict[str, object]] = mapped_column(JSON)
    now: Mapped[dict[str, object]] = mapped_column(JSON)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id", ondelete="SET NULL"), index=True)

    entry: Mapped[LogEntry] = relationship(lazy="raise_on_sql", foreign_keys=[entry_id])
