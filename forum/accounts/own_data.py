"""Everything the forum stores about a member, as a ZIP of JSON files.

Rows are read in slices, each in a transaction of its own, so that memory is bounded and nobody waits.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from sqlalchemy import ColumnElement, and_, or_, outerjoin, select, tuple_

from forum.accounts.own_addresses import with_address
from forum.audit_log import record
from forum.infra.database.db import session, start_writing
from forum.infra.ephemeral.rate_limits import hit
from forum.infra.errors import TooSoon
from forum.infra.text.messages import say
from forum.members import queries
from forum.members.actions import confirm_password
from forum.members.rules import DAY_SECONDS
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
from forum.permissions import scope_of
from forum.site import ip_addresses

DOWNLOADS_A_DAY = 3
SLICE_ROWS = 500  # rows held in memory
PROFILE = (
    *("id", "username", "email", "email_verified_at", "email_stopped_at", "email_stop_reason"),
    *("role", "custom_title", "joined_at", "last_seen_at"),
    *("country", "location", "about", "is_hidden", "message_count", "positive_reactions", "negative_reactions"),
    *("conversations_from", "two_factor_at", "accepted_terms_version", "accepted_terms_at", "dismissed_notices"),
)


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


def write_own_data(member: Member, file: IO[bytes]) -> int:
    """Write everything about a member into a ZIP file; returns the number of rows.

    It holds what they wrote, also what is deleted, but no title or address of a thread or board that they cannot see.
    It ends the transaction.
    """
    profile, scope, count = _profile(member), scope_of(member), 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("profile.json", _json(profile))
        for section in SECTIONS:
            with archive.open(f"{section.name}.json", "w", force_zip64=True) as entry:
                entry.write(b"[")
                for number, row in enumerate(_rows(section, int(profile["id"]))):
                    entry.write(b",\n" if number else b"\n")
                    entry.write(_json(with_address(row, scope)).encode())
                    count += 1
                entry.write(b"\n]\n")
    return count


def make_own_data(actor: Member, password: str) -> IO[bytes]:
    """A temporary ZIP file with everything about the actor, who enters their password again. Raises TooSoon."""
    confirm_password(actor, password)
    wait = hit(f"own-data:{actor.id}", limit=DOWNLOADS_A_DAY, seconds=DAY_SECONDS)
    if wait:
        raise TooSoon(say("You have downloaded your data %(num)d times today.", num=DOWNLOADS_A_DAY), retry_after=wait)
    file = TemporaryFile()  # noqa: SIM115 - the server closes it when it is sent
    try:
        write_own_data(actor, file)
    except BaseException:
        file.close()
        raise
    start_writing()
    log_download(actor, actor)
    return file


def log_download(actor: Member | None, member: Member) -> None:
    """Record in the log that a member's data were downloaded, by the member or by the operator."""
    record("download-data", actor=actor, target=f"member:{member.id}")


def _profile(member: Member) -> dict[str, Any]:
    former = [old.name for old in queries.old_names_of(member)]
    invited = select(Member.username).join(Invitation, Invitation.inviter_id == Member.id)
    inviter = session.scalar(invited.where(Invitation.used_by_id == member.id, Member.closed_at.is_(None)))
    return {name: getattr(member, name) for name in PROFILE} | {"former_names": former, "invited_by": inviter}


def _rows(section: Section, member_id: int) -> Iterator[dict[str, Any]]:
    """The rows of a section, in slices; each ends its transaction."""
    keys = [column.label(f"key_{number}") for number, column in enumerate(section.key)]
    wanted = section.rows.add_columns(*keys).where(section.owner == member_id).order_by(*section.key).limit(SLICE_ROWS)
    after: ColumnElement[bool] | None = None
    while True:
        found = session.execute(wanted if after is None else wanted.where(after)).mappings().all()
        session.rollback()
        for row in found:
            yield {name: value for name, value in row.items() if not name.startswith("key_")}
        if len(found) < SLICE_ROWS:
            return
        last = [found[-1][key.name] for key in keys]
        after = tuple_(*section.key) > tuple_(*last) if len(last) > 1 else section.key[0] > last[0]


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=_moment)


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} is not written to JSON")
    return value.isoformat()
