"""Who sees a thread or a post, besides who sees its board; permissions.py decides by it."""

from datetime import datetime
from enum import IntEnum

from sqlalchemy import ColumnElement, ForeignKey, SmallInteger, String, literal_column
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, declared_attr, mapped_column


class Visibility(IntEnum):
    """Everybody sees what is public, authors their own unless it is deleted, those who moderate the board all."""

    PUBLIC = 0
    HELD = 1  # waiting for approval
    DELETED = 2
    REJECTED = 3  # not approved


DELETED = Visibility.DELETED.name.lower()


class HasVisibility:
    """The visibility of a thread or post, and the facts of its deletion; the properties are SQL conditions, too."""

    visibility: Mapped[int] = mapped_column(SmallInteger, default=Visibility.PUBLIC, server_default="0")
    deleted_at: Mapped[datetime | None]
    delete_reason: Mapped[str] = mapped_column(String(200), default="")

    @declared_attr
    def deleted_by_id(cls) -> Mapped[int | None]:  # noqa: N805 - SQLAlchemy calls it on the class
        """The member who deleted it."""
        return mapped_column(ForeignKey("member.id"))

    @hybrid_property
    def is_public(self) -> bool:
        """Whether everybody who sees the board sees it, so that it counts."""
        return self.visibility == Visibility.PUBLIC

    @is_public.inplace.expression
    @classmethod
    def _is_public(cls) -> ColumnElement[bool]:
        # literals, not bind parameters: PostgreSQL knows how many rows they leave
        return cls.visibility == literal_column(str(int(Visibility.PUBLIC)))

    @hybrid_property
    def is_deleted(self) -> bool:
        """Whether it is deleted, so that only those who moderate the board see it."""
        return self.visibility == Visibility.DELETED

    @is_deleted.inplace.expression
    @classmethod
    def _is_deleted(cls) -> ColumnElement[bool]:
        return cls.visibility == literal_column(str(int(Visibility.DELETED)))

    @property
    def is_held(self) -> bool:
        """Whether it waits for approval."""
        return self.visibility == Visibility.HELD

    @property
    def state(self) -> str:
        """The visibility in a word, as the log keeps it."""
        return Visibility(self.visibility).name.lower()

    def mark_deleted(self, at: datetime, by_id: int | None, reason: str = "") -> None:
        """Mark it as deleted; what it counted is the caller's concern."""
        self.visibility = Visibility.DELETED
        self.deleted_at, self.deleted_by_id, self.delete_reason = at, by_id, reason

    def mark_rejected(self, reason: str = "") -> None:
        """Mark it as not approved, with the reason that its author reads."""
        self.visibility, self.delete_reason = Visibility.REJECTED, reason

    def mark_restored(self) -> None:
        """Make it public, and forget why it was not."""
        self.visibility = Visibility.PUBLIC
        self.deleted_at, self.deleted_by_id, self.delete_reason = None, None, ""
