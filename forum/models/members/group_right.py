"""Rights of groups that are no board's business, by name."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model
from forum.models.members.group import BuiltInGroup


class Right(StrEnum):
    """What a member may do, whatever the board: somebody in several groups has the rights of all of them."""

    SEE_MEMBERS = "see_members"  # the list of members, and profiles
    REACT = "react"
    USE_API = "use_api"  # create API tokens
    INVITE = "invite"  # create invitations to register
    START_CONVERSATIONS = "start_conversations"  # and invite others to them; who is in one may always answer
    EDIT_WITHOUT_LIMIT = "edit_without_limit"  # their own posts and titles, however old
    POST_WITHOUT_LIMITS = "post_without_limits"  # no waiting between posts, no limits of new members
    POST_WITHOUT_APPROVAL = "post_without_approval"  # what others write waits for a moderator
    SEE_HIDDEN_MEMBERS = "see_hidden_members"  # among those who are viewing a thread
    SEE_LOG = "see_log"
    SEE_ADDRESSES = "see_addresses"  # IP addresses in the log
    BAN_MEMBERS = "ban_members"
    SEE_STATISTICS = "see_statistics"
    SEE_HEALTH = "see_health"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_BOARDS = "manage_boards"  # but not their access lists
    MANAGE_MEMBERS = "manage_members"  # names, titles, logins and new passwords of members who are not staff
    MANAGE_LISTS = "manage_lists"  # reactions, member titles, smilies
    MANAGE_NOTICES = "manage_notices"  # also those of hidden boards
    MANAGE_GROUPS = "manage_groups"  # those that may do nothing more than they: admin/groups/delegation.py
    MANAGE_MAIL = "manage_mail"
    MANAGE_BACKUPS = "manage_backups"  # a backup contains everything
    RUN_JOBS = "run_jobs"


MANAGE_RIGHTS = frozenset(
    {
        *(Right.MANAGE_SETTINGS, Right.MANAGE_BOARDS, Right.MANAGE_MEMBERS, Right.MANAGE_LISTS, Right.MANAGE_GROUPS),
        *(Right.MANAGE_NOTICES, Right.MANAGE_MAIL, Right.MANAGE_BACKUPS, Right.RUN_JOBS),
    }
)
READING_RIGHTS = frozenset({Right.SEE_LOG, Right.SEE_ADDRESSES, Right.SEE_STATISTICS, Right.SEE_HEALTH})
ADMIN_PAGE_RIGHTS = MANAGE_RIGHTS | {Right.SEE_STATISTICS, Right.SEE_HEALTH}  # each opens a page of administration
ADMIN_RIGHTS = ADMIN_PAGE_RIGHTS | {Right.SEE_ADDRESSES}
GUEST_RIGHTS = frozenset({Right.SEE_MEMBERS})  # the others are for those who are logged in
# rights that a group has unless a row says otherwise; admins have all
DEFAULT_RIGHTS: dict[int, frozenset[Right]] = {
    BuiltInGroup.GUESTS: frozenset({Right.SEE_MEMBERS}),
    BuiltInGroup.MEMBERS: frozenset(
        {
            *(Right.SEE_MEMBERS, Right.REACT, Right.USE_API, Right.INVITE, Right.START_CONVERSATIONS),
            Right.POST_WITHOUT_APPROVAL,
        }
    ),
    BuiltInGroup.MODERATORS: frozenset(
        {Right.POST_WITHOUT_LIMITS, Right.INVITE, Right.SEE_HIDDEN_MEMBERS, Right.SEE_LOG, Right.BAN_MEMBERS}
    ),
    BuiltInGroup.ADMINS: frozenset(Right),
}


class GroupRight(Model):
    """A right that a group has, or has not, against its default."""

    __tablename__ = "group_right"

    group_id: Mapped[int] = mapped_column(ForeignKey("member_group.id", ondelete="CASCADE"), primary_key=True)
    right: Mapped[str] = mapped_column(String(40), primary_key=True)
    is_granted: Mapped[bool]
