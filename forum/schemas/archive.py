"""Schemas of an archive's lines: one class per record type, with fields in order; a new column needs its field here."""

from typing import Any

from marshmallow import fields, post_dump, validate

from forum.models import (
    AccessLevel,
    Board,
    EmailStop,
    Group,
    GroupRequest,
    Invitation,
    LogEntry,
    Member,
    MemberTitle,
    OldName,
    Post,
    ReactionKind,
    Right,
    Role,
    Sanction,
    SanctionKind,
    Smilie,
    Thread,
    WatchLevel,
    WhoMayWrite,
)
from forum.schemas.archive_fields import (
    BoardTitle,
    Details,
    GroupTitle,
    Line,
    MemberName,
    Moment,
    OneLine,
    ReactionKindKey,
    Text,
    ThreadNumber,
    approval_field,
    boolean_field,
    integer_field,
    optional_member,
    optional_moment,
    optional_text,
    unapproved_field,
)
from forum.schemas.shapes import MAX_ID, CleanText

ROLES = ("guest", "member", "moderator", "admin")  # of boards in older archives


class ReactionKindLine(Line):
    """A reaction kind."""

    key = Text(ReactionKind.key, least=1, required=True)
    name = OneLine(ReactionKind.name, least=1, required=True)
    symbol = OneLine(ReactionKind.symbol, least=1, required=True)
    score = fields.Integer(required=True, strict=True, validate=validate.OneOf([-1, 0, 1]))
    order = integer_field(load_default=0)


class MemberTitleLine(Line):
    """A member title that is earned by a number of messages."""

    title = OneLine(MemberTitle.title, least=1, required=True)
    min_messages = integer_field(required=True)


class SmilieLine(Line):
    """A smilie: its codes and its symbol."""

    code = Text(Smilie.code, least=2, required=True)
    text_codes = optional_text(Smilie.text_codes)
    name = OneLine(Smilie.name, least=1, required=True)
    symbol = OneLine(Smilie.symbol, least=1, required=True)
    order = integer_field(load_default=0)


class MemberLine(Line):
    """A member and account; the base counts cover posts and reactions that the archive does not hold.

    `banned_at` and `ban_reason` describe a permanent ban without a named moderator; other bans are sanctions. Without
    `read_all_at`, posts from before the member joined count as read.
    """

    id = integer_field(least=1, load_default=None)
    username = OneLine(Member.username, least=1, required=True)
    email = Text(Member.email, load_default=None, allow_none=True)
    email_verified_at = optional_moment()
    email_stopped_at = optional_moment()
    email_stop_reason = CleanText(load_default="", validate=validate.OneOf(["", *EmailStop]))
    password_hash = Text(Member.password_hash, load_default=None, allow_none=True)
    role = CleanText(load_default=Role.MEMBER.value, validate=validate.OneOf([role.value for role in Role]))
    custom_title = OneLine(Member.custom_title, load_default="")
    joined_at = optional_moment()
    awaits_approval_at = optional_moment()
    last_seen_at = optional_moment()
    read_all_at = optional_moment()
    banned_at = optional_moment()
    ban_reason = optional_text(Sanction.reason)
    country = optional_text(Member.country)
    location = optional_text(Member.location)
    about = optional_text()
    is_hidden = boolean_field()
    closed_at = optional_moment()
    base_message_count = integer_field(load_default=0)
    base_positive_reactions = integer_field(load_default=0)
    base_negative_reactions = integer_field(load_default=0)
    accepted_terms_version = integer_field(load_default=0)
    accepted_terms_at = optional_moment()
    dismissed_notices = optional_text(Member.dismissed_notices)
    watch_started = CleanText(load_default="", validate=validate.OneOf(["", *WatchLevel]))
    watch_answered = CleanText(load_default="", validate=validate.OneOf(["", *WatchLevel]))
    conversations_from = CleanText(
        load_default=WhoMayWrite.EVERYONE.value, validate=validate.OneOf([each.value for each in WhoMayWrite])
    )

    @post_dump
    def _leave_out_joining(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Omit `read_all_at` where it equals `joined_at`, its default."""
        if "read_all_at" in data and data["read_all_at"] == data.get("joined_at"):
            del data["read_all_at"]
        return data


class InvitationLine(Line):
    """An invitation to register, or the operator's; open ones work in a forum with the same secret key, too."""

    nonce = Text(Invitation.nonce, least=1, required=True)
    inviter = optional_member()
    email = optional_text(Invitation.email)
    created_at = Moment(required=True)
    expires_at = Moment(required=True)
    used_at = optional_moment()
    used_by = optional_member()
    revoked_at = optional_moment()


class AccountErasureLine(Line):
    """A closed account that is still to be erased; `names` are those that its member had, one a line."""

    member = MemberName(required=True)
    created_at = Moment(required=True)
    erase_at = Moment(required=True)
    by = optional_member()
    deletes_posts = boolean_field()
    names = optional_text()


class OldNameLine(Line):
    """A member's former name, which is theirs until a moment."""

    member = MemberName(required=True)
    name = OneLine(OldName.name, least=1, required=True)
    until = Moment(required=True)


class GroupLine(Line):
    """A group of members; of the built-in ones, whose ids are 1 to 4, those that have been changed."""

    id = integer_field(least=1, load_default=None)
    title = OneLine(Group.title, least=1, required=True)
    description = optional_text(Group.description)
    order = integer_field(load_default=0)
    min_messages = integer_field(load_default=None, allow_none=True)
    min_days = integer_field(load_default=None, allow_none=True)
    min_score = integer_field(load_default=None, allow_none=True)
    banner_text = optional_text(Group.banner_text)
    banner_colour = optional_text(Group.banner_colour)
    takes_requests = boolean_field()
    edit_minutes = integer_field(load_default=None, allow_none=True)


class GroupRightLine(Line):
    """A right that a group has, or has not, against its default."""

    group = GroupTitle(required=True)
    right = CleanText(required=True, validate=validate.OneOf([right.value for right in Right]))
    is_granted = fields.Boolean(truthy={True}, falsy={False}, required=True)


class GroupMembershipLine(Line):
    """A member in a group, until a moment if there is one."""

    member = MemberName(required=True)
    group = GroupTitle(required=True)
    created_at = Moment(required=True)
    until = optional_moment()
    by = optional_member()


class GroupRequestLine(Line):
    """A member's request to join a group, and the answer if it was refused."""

    member = MemberName(required=True)
    group = GroupTitle(required=True)
    reason = optional_text(GroupRequest.reason)
    created_at = Moment(required=True)
    refused_at = optional_moment()
    answer = optional_text(GroupRequest.answer)


class SanctionLine(Line):
    """A sanction; an empty scope means the whole forum, `board:7` a board and those inside it, `thread:7` a thread."""

    member = MemberName(required=True)
    kind = CleanText(required=True, validate=validate.OneOf([kind.value for kind in SanctionKind]))
    scope = optional_text(Sanction.scope)
    created_at = Moment(required=True)
    until = optional_moment()
    reason = optional_text(Sanction.reason)
    by = optional_member()
    ended_at = optional_moment()
    for_points = integer_field(load_default=None, allow_none=True)


class BoardLine(Line):
    """A board or category.

    Older archives have the lowest roles that see it (`audience`) and that start threads in it (`posters`).
    """

    id = integer_field(least=1, load_default=None)
    title = OneLine(Board.title, least=1, required=True)
    description = optional_text()
    parent = BoardTitle(load_default=None, allow_none=True)
    is_category = boolean_field()
    order = integer_field(load_default=0)
    has_access_list = boolean_field()
    is_closed = boolean_field()
    approval = approval_field()
    rules = optional_text()
    audience = CleanText(load_only=True, load_default=None, validate=validate.OneOf(ROLES))
    posters = CleanText(load_only=True, load_default=None, validate=validate.OneOf(ROLES[1:]))


class BoardAccessLine(Line):
    """What a group may do in a board that has an access list of its own."""

    board = BoardTitle(required=True)
    group = GroupTitle(required=True)
    level = CleanText(required=True, validate=validate.OneOf([level.value for level in AccessLevel]))
    moderates = boolean_field()
    own_threads_only = boolean_field()


class ThreadLine(Line):
    """A thread; `base_post_count` is the number of first posts that the archive does not hold."""

    id = integer_field(least=1, required=True)
    board = BoardTitle(required=True)
    title = OneLine(Thread.title, least=1, required=True)
    starter = MemberName(required=True)
    started_at = Moment(required=True)
    is_pinned = boolean_field()
    is_pinned_everywhere = boolean_field()
    pinned_until = optional_moment()
    is_locked = boolean_field()
    locks_at = optional_moment()
    locked_until = optional_moment()
    lock_reason = optional_text(Thread.lock_reason)
    slow_minutes = integer_field(load_default=0)
    visibility = unapproved_field()
    deleted_at = optional_moment()
    deleted_by = optional_member()
    delete_reason = optional_text(Thread.delete_reason)
    view_count = integer_field(load_default=0)
    base_post_count = integer_field(load_default=0)
    base_last_poster = optional_member()
    base_last_posted_at = optional_moment()


class PostLine(Line):
    """A post as Markdown source; its HTML is rendered on loading. One that was never public has no position."""

    id = integer_field(least=1, load_default=None)
    thread = ThreadNumber(required=True, strict=True, validate=validate.Range(1, MAX_ID))
    position = integer_field(least=1, load_default=None)
    author = MemberName(required=True)
    created_at = Moment(required=True)
    source = Text(required=True)
    edited_at = optional_moment()
    editor = optional_member()
    visibility = unapproved_field()
    deleted_at = optional_moment()
    deleted_by = optional_member()
    delete_reason = optional_text(Thread.delete_reason)
    staff_notice = optional_text(Post.staff_notice)


class PostRevisionLine(Line):
    """The source of a post before its N-th edit; −id stands for the position of a post without one."""

    thread = integer_field(least=1, required=True)
    position = integer_field(least=-MAX_ID, required=True)
    number = integer_field(least=1, required=True)
    editor = MemberName(required=True)
    replaced_at = Moment(required=True)
    source = Text(required=True)


class ReactionLine(Line):
    """A member's reaction to a post."""

    thread = integer_field(least=1, required=True)
    position = integer_field(least=1, required=True)
    member = MemberName(required=True)
    kind = ReactionKindKey(required=True)
    created_at = Moment(required=True)


class LogLine(Line):
    """A line of the log."""

    at = Moment(required=True)
    actor = optional_member()
    action = Text(LogEntry.action, least=1, required=True)
    target = optional_text(LogEntry.target)
    address = optional_text(LogEntry.address)
    details = Details(load_default=dict)
