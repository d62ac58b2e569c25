"""Of which rows the download of a member's own data is made."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, outerjoin, select

from forum.models import (
    ApiToken,
    Appeal,
    Application,
    Board,
    BoardRead,
    BoardWatch,
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
    HeldEdit,
    IgnoredMember,
    IllegalNotice,
    Invitation,
    LogEntry,
    MailFailure,
    Member,
    MemberSession,
    MemberWarning,
    MessageReaction,
    Notification,
    NotificationChoice,
    Post,
    PostRevision,
    PushSubscription,
    Reaction,
    ReactionKind,
    Report,
    ReviewItem,
    Sanction,
    SignupRecord,
    Thread,
    ThreadRead,
    ThreadWatch,
)
from forum.site import ip_addresses


@dataclass(frozen=True)
class Section:
    """A file of the download: the rows that name the member in `owner`, ordered by `key`, which is unique for them."""

    name: str
    owner: Any
    key: tuple[Any, ...]
    rows: Any


# a thread that is not public is still there for its starter, unless it is deleted
_THREAD_IS_GONE = or_(Thread.is_deleted, and_(~Thread.is_public, Thread.starter_id != Post.author_id))
_POST = (Post.id, Post.thread_id, Thread.title, Thread.board_id, _THREAD_IS_GONE.label("is_gone"))
_THREAD = (Thread.id, Thread.title, Thread.board_id, Thread.is_deleted.label("is_gone"))
_REVISION = select(PostRevision.post_id, PostRevision.number, PostRevision.replaced_at, PostRevision.source)
_TO_MESSAGE = (ConversationMessage.conversation_id, ConversationMessage.position, MessageReaction.created_at)
_REACTION = select(Reaction.post_id, ReactionKind.key.label("kind"), Reaction.created_at)
_NOTIFICATION = (
    *(
        Notification.kind,
        Notification.post_id,
        Notification.subject_type,
        Notification.subject_id,
        Notification.details,
    ),
    *(Notification.created_at, Notification.seen_at, Notification.read_at),
)
_DIGEST = (Digest.frequency, Digest.hour, Digest.weekday, Digest.time_zone, Digest.last_sent_at, Digest.told)
_LOGIN = (
    *(MemberSession.created_at, MemberSession.last_used_at, MemberSession.agent),
    ip_addresses.unexpired(MemberSession.address, MemberSession.last_used_at).label("address"),
)
_ENTRY = (LogEntry.at, LogEntry.action, ip_addresses.unexpired(LogEntry.address, LogEntry.at).label("address"))
_TOKEN = (ApiToken.name, ApiToken.scopes, ApiToken.created_at, ApiToken.expires_at, ApiToken.last_used_at)
_SANCTION = (Sanction.kind, Sanction.scope, Sanction.created_at, Sanction.until, Sanction.reason, Sanction.ended_at)
_APPLICATION = (Application.answer, Application.question, Application.reply, Application.reason)
_DECISION = (
    *(Decision.id, Decision.kind, Decision.at, Decision.title, Decision.text),
    *(Decision.rule, Decision.reason, Decision.ended_at),
    *(Appeal.words.label("appeal"), Appeal.created_at.label("appealed_at")),
    *(ReviewItem.decision.label("appeal_decision"), ReviewItem.answer.label("appeal_answer")),
)
_WARNING = (
    *(MemberWarning.title, MemberWarning.points, MemberWarning.text, MemberWarning.reason, MemberWarning.rule),
    *(MemberWarning.created_at, MemberWarning.expires_at, MemberWarning.withdrawn_at, MemberWarning.about_post_id),
)
_APPEALED = outerjoin(outerjoin(Decision, Appeal), ReviewItem, ReviewItem.id == Appeal.item_id)
_CONVERSATION = (
    *(Conversation.title, ConversationMember.joined_at, ConversationMember.left_at),
    *(ConversationMember.read_position, ConversationMember.is_starred),
)
_MESSAGE = (
    *(ConversationMessage.conversation_id, ConversationMessage.position),
    *(ConversationMessage.created_at, ConversationMessage.edited_at, ConversationMessage.source),
)
_NOTICE = (IllegalNotice.reference, IllegalNotice.created_at, IllegalNotice.name, IllegalNotice.email)
_INVITATION = (Invitation.email, Invitation.created_at, Invitation.expires_at, Invitation.used_at)
_REQUEST = (GroupRequest.reason, GroupRequest.created_at, GroupRequest.refused_at, GroupRequest.answer)
_REPORT = (Report.created_at, Report.kind, Report.words, ReviewItem.post_id, ReviewItem.decision, ReviewItem.answer)
_REGISTRATION = (
    *(SignupRecord.registered_at, SignupRecord.signs),
    *(SignupRecord.holds_posts, SignupRecord.lets_fine_pass),
)
SECTIONS = (
    Section(
        "posts",
        Post.author_id,
        (Post.created_at, Post.id),
        select(*_POST, Post.created_at, Post.edited_at, Post.visibility, Post.deleted_at, Post.source).join(
            Post.thread
        ),
    ),
    Section(
        "earlier_versions",
        Post.author_id,
        (PostRevision.post_id, PostRevision.number),
        _REVISION.join(Post, Post.id == PostRevision.post_id),
    ),
    Section(
        "edits_for_approval",
        Post.author_id,
        (HeldEdit.id,),
        select(HeldEdit.post_id, HeldEdit.title, HeldEdit.source, HeldEdit.edited_at, ReviewItem.decision)
        .join(Post, Post.id == HeldEdit.post_id)
        .outerjoin(ReviewItem, ReviewItem.id == HeldEdit.item_id),
    ),
    Section(
        "threads",
        Thread.starter_id,
        (Thread.started_at, Thread.id),
        select(*_THREAD, Thread.visibility, Thread.deleted_at, Thread.started_at),
    ),
    Section("registration", SignupRecord.member_id, (SignupRecord.member_id,), select(*_REGISTRATION)),
    Section("reactions", Reaction.member_id, (Reaction.post_id,), _REACTION.join(Reaction.kind)),
    Section(
        "reports",
        Report.member_id,
        (Report.id,),
        select(*_REPORT, ReviewItem.member_id.label("about_member_id")).join(Report.item),
    ),
    Section(
        "conversations",
        ConversationMember.member_id,
        (ConversationMember.conversation_id,),
        select(ConversationMember.conversation_id, *_CONVERSATION).join(ConversationMember.conversation),
    ),
    Section(
        "messages",
        ConversationMessage.author_id,
        (ConversationMessage.created_at, ConversationMessage.id),
        select(*_MESSAGE).where(ConversationMessage.event == ""),
    ),
    Section(
        "message_reactions",
        MessageReaction.member_id,
        (MessageReaction.message_id,),
        select(*_TO_MESSAGE, ReactionKind.key.label("kind"))
        .join(MessageReaction, MessageReaction.message_id == ConversationMessage.id)
        .join(ReactionKind, ReactionKind.id == MessageReaction.kind_id),
    ),
    Section("drafts", Draft.member_id, (Draft.place,), select(Draft.place, Draft.title, Draft.body, Draft.updated_at)),
    Section("notifications", Notification.member_id, (Notification.id,), select(*_NOTIFICATION)),
    Section(
        "notification_choices",
        NotificationChoice.member_id,
        (NotificationChoice.kind, NotificationChoice.channel),
        select(NotificationChoice.kind, NotificationChoice.channel, NotificationChoice.is_on),
    ),
    Section(
        "mail_failures",
        MailFailure.member_id,
        (MailFailure.day, MailFailure.kind),
        select(MailFailure.failed_at, MailFailure.kind, MailFailure.words),
    ),
    Section("digest", Digest.member_id, (Digest.member_id,), select(*_DIGEST)),
    Section("logins", MemberSession.member_id, (MemberSession.id,), select(*_LOGIN)),
    Section(
        "browsers",  # without their addresses and keys, by which they could be written to
        PushSubscription.member_id,
        (PushSubscription.id,),
        select(PushSubscription.agent, PushSubscription.created_at),
    ),
    Section("api_tokens", ApiToken.member_id, (ApiToken.id,), select(*_TOKEN)),
    Section("invitations", Invitation.inviter_id, (Invitation.id,), select(*_INVITATION, Invitation.revoked_at)),
    Section("decisions", Decision.member_id, (Decision.id,), select(*_DECISION).select_from(_APPEALED)),
    Section(
        "illegal_notices",
        IllegalNotice.member_id,
        (IllegalNotice.id,),
        select(*_NOTICE, IllegalNotice.law, IllegalNotice.words, IllegalNotice.decided_at),
    ),
    Section("warnings", MemberWarning.member_id, (MemberWarning.id,), select(*_WARNING)),
    Section("application", Application.member_id, (Application.member_id,), select(*_APPLICATION)),
    Section("sanctions", Sanction.member_id, (Sanction.id,), select(*_SANCTION)),
    Section(
        "groups",
        GroupMembership.member_id,
        (GroupMembership.group_id,),
        select(Group.title, GroupMembership.created_at, GroupMembership.until).join(
            Group, Group.id == GroupMembership.group_id
        ),
    ),
    Section(
        "group_requests",
        GroupRequest.member_id,
        (GroupRequest.group_id,),
        select(Group.title, *_REQUEST).join(Group, Group.id == GroupRequest.group_id),
    ),
    Section(
        "threads_read",
        ThreadRead.member_id,
        (ThreadRead.thread_id,),
        select(ThreadRead.thread_id, ThreadRead.position, ThreadRead.read_at),
    ),
    Section(
        "boards_read",
        BoardRead.member_id,
        (BoardRead.board_id,),
        select(BoardRead.board_id, Board.title, BoardRead.read_at).join(Board, Board.id == BoardRead.board_id),
    ),
    Section(
        "ignored",
        IgnoredMember.member_id,
        (IgnoredMember.ignored_id,),
        select(IgnoredMember.ignored_id.label("member_id"), Member.username, IgnoredMember.created_at).join(
            IgnoredMember.ignored
        ),
    ),
    Section(
        "following",
        FollowedMember.member_id,
        (FollowedMember.followed_id,),
        select(FollowedMember.followed_id.label("member_id"), Member.username, FollowedMember.created_at).join(
            FollowedMember.followed
        ),
    ),
    Section(
        "threads_watched",
        ThreadWatch.member_id,
        (ThreadWatch.thread_id,),
        select(ThreadWatch.thread_id, ThreadWatch.level, ThreadWatch.changed_at),
    ),
    Section(
        "boards_watched",
        BoardWatch.member_id,
        (BoardWatch.board_id,),
        select(*(BoardWatch.board_id, Board.title, BoardWatch.level, BoardWatch.told_of, BoardWatch.changed_at)).join(
            Board, Board.id == BoardWatch.board_id
        ),
    ),
    Section("log", LogEntry.actor_id, (LogEntry.id,), select(*_ENTRY)),
)
