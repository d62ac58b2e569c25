"""Groups of members, and who is in them."""

from datetime import datetime
from enum import IntEnum

from sqlalchemy import ForeignKey, String, bindparam, cast, func, or_, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from forum.infra import clock
from forum.infra.database.db import Model, UtcDateTime
from forum.models.members.member import Member


class BuiltInGroup(IntEnum):
    """The ids of the groups that follow from a member's role; each includes the ones after it in its members' rights.

    Everybody is in GUESTS, also members: what guests may do, everybody may do.
    """

    GUESTS = 1
    MEMBERS = 2
    MODERATORS = 3
    ADMINS = 4


class Group(Model):
    """A group: access lists and rights name groups, never single members. The built-in ones have no membership rows.

    Who reaches all of `min_messages`, `min_days` since joining and `min_score` is in it without a membership row, as
    long as they reach them. NULL means no condition; without any condition, nobody is in it this way.
    """

    __tablename__ = "member_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(60), unique=True)
    description: Mapped[str] = mapped_column(String(300), default="", server_default="")
    order: Mapped[int] = mapped_column(default=0, server_default="0")
    min_messages: Mapped[int | None]
    min_days: Mapped[int | None]
    min_score: Mapped[int | None]
    banner_text: Mapped[str] = mapped_column(String(30), default="", server_default="")
    banner_colour: Mapped[str] = mapped_column(String(7), default="", server_default="")
    takes_requests: Mapped[bool] = mapped_column(default=False, server_default="false")  # members may ask to join
    edit_minutes: Mapped[int | None]  # for which they may edit their posts, if that is longer than the setting

    @property
    def is_built_in(self) -> bool:
        """Whether its members follow from their roles."""
        return self.id in set(BuiltInGroup)


class GroupMembership(Model):
    """A member in a group, until a moment if there is one."""

    __tablename__ = "group_membership"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("member_group.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)


class GroupRequest(Model):
    """A member's request to join a group; one that was refused stays, with the answer, until they ask again."""

    __tablename__ = "group_request"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("member_group.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    created_at: Mapped[datetime]
    refused_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(300), default="", server_default="")


_NOW = bindparam(None, callable_=clock.now, type_=UtcDateTime())
# the ids of a member's groups, separated by commas; NULL if there are none
Member.joined_groups = column_property(
    select(func.aggregate_strings(cast(GroupMembership.group_id, String), ","))
    .where(GroupMembership.member_id == Member.id)
    .where(or_(GroupMembership.until.is_(None), GroupMembership.until > _NOW))
    .correlate_except(GroupMembership)
    .scalar_subquery()
)
