"""What waits for moderators: reported, held and edited posts, and members."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra import clock
from forum.infra.database.db import Model
from forum.models.conversations.conversation_message import ConversationMessage
from forum.models.discussion.post import Post
from forum.models.members.member import Member

IS_OPEN = "decided_at IS NULL"
FIGURES = ("kind", "decided_at", "decision", "opened_at", "decided_by_id")  # what is counted of many cases
IS_OPEN_ONCE = IS_OPEN + " AND kind <> 'appeal'"  # a member may appeal against several decisions about a post


class ReviewKind(StrEnum):
    """Why something waits."""

    REPORT = "report"  # members reported a post or a member
    HELD_POST = "held-post"  # a post, or a thread by its first post, that is not public before it is approved
    HELD_EDIT = "held-edit"  # a new text of a public post
    CAMPAIGN = "campaign"  # nearly the same text or the same link by several new members; about the oldest post
    MEMBER = "member"  # an account that is not active before it is approved
    APPEAL = "appeal"  # a member says that a decision about them was wrong


class ReviewItem(Model):
    """A case: open until it is decided. Per kind and post, or kind and member without a post, at most one is open.

    Reports of a message of a conversation are about its author, with `message_id`. Of appeals there may be more.
    `member_id` is the member whom it is about, of a post its author. `decision` says in a word what was decided. Who
    may review a post is decided by the board that it is in now, so no board is stored.
    """

    __tablename__ = "review_item"
    __table_args__ = (
        Index("ix_review_item_open", "opened_at", "id", info={"only": IS_OPEN}),
        Index("ix_review_item_open_post", "post_id", "kind", unique=True, info={"only": IS_OPEN_ONCE}),
        Index(
            "ix_review_item_open_member",
            "member_id",
            "kind",
            unique=True,
            info={"only": IS_OPEN_ONCE + " AND post_id IS NULL AND message_id IS NULL"},
        ),
        Index("ix_review_item_open_message", "message_id", "kind", unique=True, info={"only": IS_OPEN_ONCE}),
        Index("ix_review_item_figures", *FIGURES, info={"only": "decided_at IS NOT NULL"}),
        Index("ix_review_item_due", "due_at", info={"only": IS_OPEN + " AND due_at IS NOT NULL"}),
        Index("ix_review_item_decided", "decided_at", "id", info={"only": "decided_at IS NOT NULL"}),
        Index("ix_review_item_first_decided", "first_decided_at", info={"only": "first_decided_at IS NOT NULL"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversation_message.id", ondelete="CASCADE"), index=True
    )
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    opened_at: Mapped[datetime]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    decision: Mapped[str] = mapped_column(String(20), default="")
    held_for: Mapped[str] = mapped_column(String(500), default="", server_default="")  # threads/approval/reasons.py
    spam_score: Mapped[float | None]  # of what is held, by the spam filter
    first_decided_at: Mapped[datetime | None]  # stays when the case is opened again
    reminded_at: Mapped[datetime | None]  # when moderators were told by mail that it waits
    responded_at: Mapped[datetime | None]  # when a moderator first took it, wrote a note, or decided
    told_due_at: Mapped[datetime | None]  # when moderators were told by mail that it is due
    due_at: Mapped[datetime | None]  # by when to decide: the first deadline of its notices of illegal content
    answer: Mapped[str] = mapped_column(String(1000), default="", server_default="")  # to who reported or appealed
    has_hidden: Mapped[bool] = mapped_column(default=False, server_default="false")  # reports hid the post

    post: Mapped[Post | None] = relationship(lazy="raise_on_sql")
    message: Mapped[ConversationMessage | None] = relationship(lazy="raise_on_sql")
    member: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[member_id])
    assignee: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[assignee_id])
    decided_by: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[decided_by_id])

    @property
    def is_overdue(self) -> bool:
        """Whether its deadline has passed without a decision."""
        return self.due_at is not None and self.decided_at is None and self.due_at < clock.now()
