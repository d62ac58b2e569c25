"""Invitations to register, and with the used ones who invited whom."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, String, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra import clock
from forum.infra.database.db import Model
from forum.models.members.member import Member


class InvitationState(StrEnum):
    """What has become of an invitation."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Invitation(Model):
    """An invitation for one account; without an inviter, the operator's. The used ones say who invited whom.

    The code in its link is `nonce` with a MAC under the forum's key, so the table alone lets nobody in. `email` is the
    address that the link was mailed to; it is deleted when the invitation is used.
    """

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(String(32), unique=True)
    inviter_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), unique=True)
    revoked_at: Mapped[datetime | None]

    inviter: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[inviter_id])
    used_by: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[used_by_id])

    @property
    def state(self) -> InvitationState:
        """What has become of it; the SQL twin of `open` is is_open()."""
        if self.used_at is not None:
            return InvitationState.USED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        return InvitationState.OPEN if self.expires_at > clock.now() else InvitationState.EXPIRED


def is_open() -> ColumnElement[bool]:
    """SQL condition over Invitation: it can still be used."""
    return and_(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > clock.now())
