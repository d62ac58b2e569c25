"""Members: name, credentials, profile, counts of messages and reactions."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ColumnElement, Computed, Index, String, Text, and_, or_
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapped,
    MappedSQLExpression,
    QueryableAttribute,
    joinedload,
    mapped_column,
)
from sqlalchemy.sql.base import ExecutableOption

from forum.infra.database.db import Model
from forum.infra.text.messages import comparison_key
from forum.infra.text.slugs import path_of

SCORE = "positive_reactions - negative_reactions"
# Marks partial indexes of publicly visible members; the condition itself is in the migration: here it would import both
# dialects. An account whose e-mail address is not yet verified is not public, nor is one that is closed or erased.
PUBLIC_INDEX = {"only": "(password_hash IS NULL OR joined_at IS NOT NULL) AND closed_at IS NULL"}
WAITING = "password_hash IS NOT NULL AND joined_at IS NULL"  # for the address to be confirmed
# compared by code point in both SQLite and PostgreSQL
CODE_POINT_STRING = String(120).with_variant(String(120, collation="C"), "postgresql")


def _plain_name(context: DefaultExecutionContext) -> str:
    given: dict[str, str] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return comparison_key(given["username"])[:120]


class Role(StrEnum):
    """A member's role; each includes the rights of the ones before it."""

    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"


class WhoMayWrite(StrEnum):
    """Who may start a conversation with a member, or invite them to one."""

    EVERYONE = "everyone"
    FOLLOWED = "followed"  # those whom the member follows
    NOBODY = "nobody"


class EmailStop(StrEnum):
    """Why no mail is sent to a member's address."""

    UNKNOWN = "unknown"  # its mail server does not know it
    FAILING = "failing"  # messages have failed on several days
    COMPLAINT = "complaint"  # the member told their mail provider that a message is spam


class Member(Model):
    """A registered or imported member; imported members may have no password, e-mail address or join date.

    `base_…` counts come from an archive and stand for posts and reactions that it does not contain; the stored count
    is always the base plus what the forum itself contains.
    """

    __tablename__ = "member"
    __table_args__ = (
        CheckConstraint("role IN ('member', 'moderator', 'admin')", name="role"),
        Index("ix_member_messages", "message_count", "id", info=PUBLIC_INDEX),
        Index("ix_member_score", "score", "id", info=PUBLIC_INDEX),
        Index("ix_member_joined", "joined_at", "id", info=PUBLIC_INDEX),
        Index("ix_member_name", "plain_name", "id", info=PUBLIC_INDEX),
        Index("ix_member_closed", "closed_at", info={"only": "closed_at IS NOT NULL"}),
        Index("ix_member_waiting", "id", info={"only": WAITING}),
        Index("ix_member_email_stopped", "email_stopped_at", info={"only": "email_stopped_at IS NOT NULL"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60))
    username_key: Mapped[str] = mapped_column(String(120), unique=True)
    plain_name: Mapped[str] = mapped_column(CODE_POINT_STRING, default=_plain_name, deferred=True)
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    email_verified_at: Mapped[datetime | None]
    password_hash: Mapped[str | None] = mapped_column(String(255))
    two_factor_at: Mapped[datetime | None]  # since when logging in also takes a code; not archived, like the secret
    role: Mapped[str] = mapped_column(String(20), default=Role.MEMBER, index=True)
    custom_title: Mapped[str] = mapped_column(String(60), default="")
    joined_at: Mapped[datetime | None]
    awaits_approval_at: Mapped[datetime | None]  # since when a moderator has to approve the account
    last_seen_at: Mapped[datetime | None]
    read_all_at: Mapped[datetime | None]
    country: Mapped[str] = mapped_column(String(60), default="")
    location: Mapped[str] = mapped_column(String(60), default="")
    about: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None]  # the account is closed: it is being erased, or has been (account_erasure)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    message_count: Mapped[int] = mapped_column(default=0)
    base_message_count: Mapped[int] = mapped_column(default=0)
    positive_reactions: Mapped[int] = mapped_column(default=0)
    base_positive_reactions: Mapped[int] = mapped_column(default=0)
    negative_reactions: Mapped[int] = mapped_column(default=0)
    base_negative_reactions: Mapped[int] = mapped_column(default=0)
    score: Mapped[int | None] = mapped_column(Computed(SCORE, persisted=True), deferred=True)
    unseen_notifications: Mapped[int] = mapped_column(default=0)
    unread_conversations: Mapped[int] = mapped_column(default=0, server_default="0")
    conversations_from: Mapped[str] = mapped_column(String(10), default="everyone", server_default="everyone")
    accepted_terms_version: Mapped[int] = mapped_column(default=0, server_default="0")
    accepted_terms_at: Mapped[datetime | None] = mapped_column(deferred=True)
    watch_started: Mapped[str] = mapped_column(String(10), default="", server_default="")  # a level; empty: the forum's
    watch_answered: Mapped[str] = mapped_column(String(10), default="", server_default="")
    email_stopped_at: Mapped[datetime | None]  # since when nothing is sent there that they do not ask for
    email_stop_reason: Mapped[str] = mapped_column(String(20), default="", server_default="")  # an EmailStop
    mail_key: Mapped[str | None] = mapped_column(String(32), deferred=True)  # of links in their mail
    dismissed_notices: Mapped[str] = mapped_column(String(400), default="", server_default="")  # keys, by spaces

    if TYPE_CHECKING:  # added in models/members/sanction.py, because they query the sanction table
        is_banned: MappedSQLExpression[bool]
        is_muted: MappedSQLExpression[bool]  # somewhere: permissions.mute_in() says where
        joined_groups: MappedSQLExpression[str | None]  # added in models/members/group.py
        ignored_ids: MappedSQLExpression[str | None]  # added in models/relations/ignored_member.py
        has_watches: MappedSQLExpression[bool]  # added in models/watching/thread_watch.py
        mutes: list[Any] | None
        watches: Any
        viewed_as: frozenset[int] | None
    else:
        mutes = None  # read by site/mutes.py
        watches = None  # read by watching/queries.py
        viewed_as = None  # for this request, the ids of the groups as which an admin views the forum

    @classmethod
    def line(cls) -> tuple[InstrumentedAttribute[Any], ...]:
        """The columns needed to show a member's name in a list; load others where they are needed."""
        return cls.username, cls.role, cls.custom_title, cls.message_count

    @classmethod
    def card(cls) -> tuple[InstrumentedAttribute[Any], ...]:
        """The columns of the member card beside a post."""
        return *cls.line(), cls.joined_at, cls.country, cls.location, cls.positive_reactions, cls.negative_reactions

    @property
    def takes_mail(self) -> bool:
        """Whether what is new may be mailed: the address is confirmed, and not stopped."""
        return bool(self.email) and self.email_verified_at is not None and self.email_stopped_at is None

    @property
    def reaction_score(self) -> int:
        """Positive minus negative reactions."""
        return self.positive_reactions - self.negative_reactions

    @property
    def is_moderator(self) -> bool:
        """Whether the member is a moderator or an admin."""
        return self.role in {Role.MODERATOR, Role.ADMIN}

    @property
    def is_admin(self) -> bool:
        """Whether the member is an admin."""
        return self.role == Role.ADMIN

    @property
    def path(self) -> str:
        """The path of the member's profile."""
        return path_of("members", self.id, self.username)


def is_public() -> ColumnElement[bool]:
    """SQL condition over Member: publicly visible. Must match PUBLIC_INDEX, or SQLite does not use the indexes."""
    return and_(or_(Member.password_hash.is_(None), Member.joined_at.is_not(None)), Member.closed_at.is_(None))


def with_member_name(who: QueryableAttribute[Any]) -> ExecutableOption:
    """Eager-load a related member with the columns that showing the name needs."""
    return joinedload(who).load_only(*Member.line())
