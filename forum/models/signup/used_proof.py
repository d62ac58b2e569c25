"""Proofs of work with which somebody has registered."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model

NONCE_LENGTH = 40


class UsedProof(Model):
    """The nonce of a proof that was used, kept until the proof expires, so that it works once."""

    __tablename__ = "used_proof"

    nonce: Mapped[str] = mapped_column(String(NONCE_LENGTH), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
