"""The record types of an archive, one file each, in loading order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal_column, or_, select

from forum.models import (
    AccountErasure,
    Application,
    Board,
    BoardAccess,
    BoardIcon,
    BoardRead,
    BoardWatch,
    BuiltInGroup,
    Conversation,
    ConversationMember,
    ConversationMessage,
    Decision,
    Digest,
    Draft,
    FollowedMember,
    Group,
    GroupMembership,
    GroupRequest,
    GroupRight,
    HeldEdit,
    IgnoredMember,
    Invitation,
    LogEntry,
    Member,
    MemberTitle,
    MemberWarning,
    MessageReaction,
    MovedThread,
    Notice,
    NoticeBoard,
    NoticeGroup,
    Notification,
    NotificationChoice,
    OldName,
    Post,
    PostRevision,
    PreparedReason,
    Reaction,
    ReactionKind,
    ReviewItem,
    Sanction,
    SanctionKind,
    SignupBlock,
    SiteImage,
    Smilie,
    StaffNote,
    Thread,
    ThreadRead,
    ThreadRedirect,
    ThreadWatch,
    WarningKind,
    WarningThreshold,
)
from forum.models.watching.digest import DEFAULT_HOUR
from forum.schemas import archive as shapes
from forum.schemas import archive_site
from forum.schemas.archive_fields import OF_MESSAGE, OF_POST, UNAPPROVED, Line, Place, Reference
from forum.schemas.conversations import archive as conversations
from forum.schemas.moderation import archive as moderation
from forum.schemas.notifications import archive as notifications
from forum.site import ip_addresses


@dataclass(frozen=True)
class RecordType:
    """An archive file: its table, the schema of its lines and their order.

    `computed` maps fields that are not columns of the table to SQL; `only` restricts which rows are written.
    """

    file: str
    model: Any
    shape: type[Line]
    order: Callable[[], list[ColumnElement[Any]]]
    computed: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    only: ColumnElement[bool] | None = None

    @property
    def place(self) -> Place | None:
        """Where the post or message is to which rows belong, which the lines identify by its position."""
        return next((place for place in (OF_POST, OF_MESSAGE) if place.column in self.model.__table__.columns), None)

    def references(self) -> dict[str, Reference]:
        """The fields that refer to another record type."""
        return {
            name: shape_field for name, shape_field in self.shape().fields.items() if isinstance(shape_field, Reference)
        }


def _by(*columns: Any) -> Callable[[], list[ColumnElement[Any]]]:
    return lambda: list(columns)


# a ban that fits into the member's own line, as in older archives
_PLAIN_BAN = and_(
    *(Sanction.kind == SanctionKind.BAN.value, Sanction.scope == "", Sanction.ended_at.is_(None)),
    *(Sanction.until.is_(None), Sanction.by_id.is_(None)),
)


def _plain_ban_column(column: Any) -> ColumnElement[Any]:
    subquery: ColumnElement[Any] = select(column).where(Sanction.member_id == Member.id, _PLAIN_BAN).scalar_subquery()
    return subquery


# the rows of other members say nothing: a job makes them
_HAS_CHOSEN_DIGEST = or_(
    *(Digest.frequency != "", Digest.hour != DEFAULT_HOUR, Digest.weekday.is_not(None), Digest.time_zone != "")
)


def _subject() -> ColumnElement[Any]:
    """What a notification is about, such as "decision:7", as one text; empty if that is the post of its line."""
    numbered = Notification.subject_type + ":" + cast(Notification.subject_id, String)
    of_others = case((Notification.subject_id > 0, numbered), else_=Notification.subject_type)
    return case((Notification.post_id.is_not(None), literal_column("''")), else_=of_others)


def _unapproved(model: type[Thread | Post]) -> ColumnElement[Any]:
    """The word for held and rejected rows; what is deleted has deleted_at, as in older archives."""
    return case({state.value: word for word, state in UNAPPROVED.items()}, value=model.visibility)


# the built-in groups as every new forum has them; only those that an admin has changed are written
_AS_BUILT_IN = or_(
    *(
        and_(
            Group.id == built_in.value,
            Group.title == built_in.name.capitalize(),
            Group.description == "",
            Group.order == built_in.value - 1,
            *(Group.banner_text == "", Group.banner_colour == "", Group.edit_minutes.is_(None), ~Group.takes_requests),
        )
        for built_in in BuiltInGroup
    )
)
_WAITS = HeldEdit.item_id.in_(select(ReviewItem.id).where(ReviewItem.decided_at.is_(None)))
BOARDS = RecordType("boards.jsonl", Board, shapes.BoardLine, _by(Board.id))
MEMBERS = RecordType(
    "members.jsonl",
    Member,
    shapes.MemberLine,
    _by(Member.id),
    computed={
        "banned_at": _plain_ban_column(Sanction.created_at),
        "ban_reason": func.coalesce(_plain_ban_column(Sanction.reason), ""),
    },
)
POSTS = RecordType(
    "posts.jsonl",
    Post,
    shapes.PostLine,
    _by(Post.thread_id, Post.position),
    computed={"visibility": _unapproved(Post), "position": case((Post.position > 0, Post.position))},
)
RECORD_TYPES = (
    RecordType("site_images.jsonl", SiteImage, archive_site.SiteImageLine, _by(SiteImage.name)),
    RecordType("reaction_kinds.jsonl", ReactionKind, shapes.ReactionKindLine, _by(ReactionKind.id)),
    RecordType("member_titles.jsonl", MemberTitle, shapes.MemberTitleLine, _by(MemberTitle.min_messages)),
    RecordType("smilies.jsonl", Smilie, shapes.SmilieLine, _by(Smilie.id)),
    RecordType("warning_kinds.jsonl", WarningKind, moderation.WarningKindLine, _by(WarningKind.id)),
    RecordType(
        "warning_thresholds.jsonl",
        WarningThreshold,
        moderation.WarningThresholdLine,
        _by(WarningThreshold.points),
    ),
    RecordType("prepared_reasons.jsonl", PreparedReason, moderation.PreparedReasonLine, _by(PreparedReason.id)),
    MEMBERS,
    RecordType("account_erasures.jsonl", AccountErasure, shapes.AccountErasureLine, _by(AccountErasure.member_id)),
    RecordType("old_names.jsonl", OldName, shapes.OldNameLine, _by(OldName.id)),
    RecordType("sanctions.jsonl", Sanction, shapes.SanctionLine, _by(Sanction.id), only=~_PLAIN_BAN),
    RecordType("signup_blocks.jsonl", SignupBlock, archive_site.SignupBlockLine, _by(SignupBlock.id)),
    RecordType("applications.jsonl", Application, archive_site.ApplicationLine, _by(Application.member_id)),
    RecordType(
        "ignored_members.jsonl",
        IgnoredMember,
        archive_site.IgnoredMemberLine,
        _by(IgnoredMember.member_id, IgnoredMember.ignored_id),
    ),
    RecordType(
        "followed_members.jsonl",
        FollowedMember,
        archive_site.FollowedMemberLine,
        _by(FollowedMember.member_id, FollowedMember.followed_id),
    ),
    RecordType("invitations.jsonl", Invitation, shapes.InvitationLine, _by(Invitation.id)),
    RecordType("groups.jsonl", Group, shapes.GroupLine, _by(Group.id), only=~_AS_BUILT_IN),
    RecordType("group_rights.jsonl", GroupRight, shapes.GroupRightLine, _by(GroupRight.group_id, GroupRight.right)),
    RecordType(
        "group_memberships.jsonl",
        GroupMembership,
        shapes.GroupMembershipLine,
        _by(GroupMembership.member_id, GroupMembership.group_id),
    ),
    RecordType(
        "group_requests.jsonl",
        GroupRequest,
        shapes.GroupRequestLine,
        _by(GroupRequest.member_id, GroupRequest.group_id),
    ),
    BOARDS,
    RecordType("board_icons.jsonl", BoardIcon, archive_site.BoardIconLine, _by(BoardIcon.board_id)),
    RecordType(
        "board_access.jsonl", BoardAccess, shapes.BoardAccessLine, _by(BoardAccess.board_id, BoardAccess.group_id)
    ),
    RecordType("notices.jsonl", Notice, archive_site.NoticeLine, _by(Notice.id)),
    RecordType(
        "notice_groups.jsonl",
        NoticeGroup,
        archive_site.NoticeGroupLine,
        _by(NoticeGroup.notice_id, NoticeGroup.group_id),
    ),
    RecordType(
        "notice_boards.jsonl",
        NoticeBoard,
        archive_site.NoticeBoardLine,
        _by(NoticeBoard.notice_id, NoticeBoard.board_id),
    ),
    RecordType(
        "threads.jsonl", Thread, shapes.ThreadLine, _by(Thread.id), computed={"visibility": _unapproved(Thread)}
    ),
    POSTS,
    RecordType(
        "post_revisions.jsonl",
        PostRevision,
        shapes.PostRevisionLine,
        _by(Post.thread_id, Post.position, PostRevision.number),
    ),
    RecordType(
        "held_edits.jsonl",
        HeldEdit,
        archive_site.HeldEditLine,
        _by(Post.thread_id, Post.position, HeldEdit.id),
        only=_WAITS,
    ),
    RecordType(
        "reactions.jsonl", Reaction, shapes.ReactionLine, _by(Post.thread_id, Post.position, Reaction.member_id)
    ),
    RecordType(
        "thread_reads.jsonl", ThreadRead, archive_site.ThreadReadLine, _by(ThreadRead.member_id, ThreadRead.thread_id)
    ),
    RecordType(
        "board_reads.jsonl", BoardRead, archive_site.BoardReadLine, _by(BoardRead.member_id, BoardRead.board_id)
    ),
    RecordType(
        "thread_watches.jsonl",
        ThreadWatch,
        archive_site.ThreadWatchLine,
        _by(ThreadWatch.member_id, ThreadWatch.thread_id),
    ),
    RecordType(
        "board_watches.jsonl",
        BoardWatch,
        archive_site.BoardWatchLine,
        _by(BoardWatch.member_id, BoardWatch.board_id),
    ),
    RecordType("thread_redirects.jsonl", ThreadRedirect, archive_site.ThreadRedirectLine, _by(ThreadRedirect.id)),
    RecordType(
        "moved_threads.jsonl",
        MovedThread,
        archive_site.MovedThreadLine,
        _by(MovedThread.board_id, MovedThread.thread_id),
    ),
    RecordType("conversations.jsonl", Conversation, conversations.ConversationLine, _by(Conversation.id)),
    RecordType(
        "conversation_members.jsonl",
        ConversationMember,
        conversations.ConversationMemberLine,
        _by(ConversationMember.conversation_id, ConversationMember.member_id),
    ),
    RecordType(
        "conversation_messages.jsonl",
        ConversationMessage,
        conversations.ConversationMessageLine,
        _by(ConversationMessage.conversation_id, ConversationMessage.position),
    ),
    RecordType(
        "conversation_reactions.jsonl",
        MessageReaction,
        conversations.MessageReactionLine,
        _by(ConversationMessage.conversation_id, ConversationMessage.position, MessageReaction.member_id),
    ),
    RecordType("drafts.jsonl", Draft, archive_site.DraftLine, _by(Draft.member_id, Draft.place)),
    RecordType("decisions.jsonl", Decision, archive_site.DecisionLine, _by(Decision.id)),
    RecordType("warnings.jsonl", MemberWarning, moderation.MemberWarningLine, _by(MemberWarning.id)),
    RecordType("staff_notes.jsonl", StaffNote, moderation.StaffNoteLine, _by(StaffNote.id)),
    RecordType(
        "alerts.jsonl",
        Notification,
        notifications.NotificationLine,
        _by(Notification.id),
        computed={"subject": _subject()},
    ),
    RecordType(
        "notification_choices.jsonl",
        NotificationChoice,
        notifications.NotificationChoiceLine,
        _by(NotificationChoice.member_id, NotificationChoice.kind, NotificationChoice.channel),
    ),
    RecordType("digests.jsonl", Digest, notifications.DigestLine, _by(Digest.member_id), only=_HAS_CHOSEN_DIGEST),
    RecordType(
        "log.jsonl",
        LogEntry,
        shapes.LogLine,
        _by(LogEntry.id),
        computed={"address": ip_addresses.unexpired(LogEntry.address, LogEntry.at)},
    ),
)
