"""Fingerprints of what new members wrote lately, by which the same text or link by several of them is found."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.discussion.post import Post
from forum.models.moderation.review_item import ReviewItem


class PostFingerprint(Model):
    """Hashes of the pairs of words of a post by a new member, as numbers of 4 bytes, and the campaign it is part of.

    A campaign is a case of the kind `campaign`, about the oldest of its posts.
    """

    __tablename__ = "post_fingerprint"
    __table_args__ = (
        Index("ix_post_fingerprint_campaign", "campaign_id", "post_id", info={"only": "campaign_id IS NOT NULL"}),
        Index("ix_post_fingerprint_created_at", "created_at"),
        Index("ix_post_fingerprint_member_id", "member_id"),
    )

    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    pairs: Mapped[bytes]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("review_item.id", ondelete="SET NULL"))

    post: Mapped[Post] = relationship(lazy="raise_on_sql")
    campaign: Mapped[ReviewItem | None] = relationship(lazy="raise_on_sql")


class FingerprintMark(Model):
    """A mark under which a fingerprint is found: nearly the same texts share one, and so do links to a domain."""

    __tablename__ = "fingerprint_mark"
    __table_args__ = (Index("ix_fingerprint_mark_post_id", "post_id"),)

    mark: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    post_id: Mapped[int] = mapped_column(
        ForeignKey("post_fingerprint.post_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class KnownDomain(Model):
    """A domain to which members link who are not new: links to it are no sign of a campaign."""

    __tablename__ = "known_domain"

    domain: Mapped[str] = mapped_column(String(100), primary_key=True)
    post_id: Mapped[int] = mapped_column(index=True)  # the latest that was seen; no key, as the post may be gone
