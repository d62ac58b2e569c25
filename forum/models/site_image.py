"""Pictures of the site itself: its logo and icons."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class SiteImage(Model):
    """A picture in the forum's own encoding; `digest` is the SHA-256 of its content, and part of its address."""

    __tablename__ = "site_image"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    content_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
