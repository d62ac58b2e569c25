"""Write actions of members in their conversations."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError

from forum import permissions
from forum.conversations import access, read_state, recipients, rules, telling, writing
from forum.infra import clock
from forum.infra.database.db import current_settings, on_sqlite, session
from forum.infra.errors import Invalid, MessageText, NotFound
from forum.markup.render import VERSION, SafeHtml
from forum.members.signup import newcomers
from forum.models import Conversation, ConversationEvent, ConversationMember, ConversationMessage, Member, Right
from forum.notifications import marks
from forum.threads import drafts
from forum.threads.rules import checked_body
from forum.verdicts import HIDDEN, YES

NEW = "conversation:0"  # the place of the draft of a new conversation


def place_of(conversation: Conversation) -> str:
    """The place of the draft of a message."""
    return f"conversation:{conversation.id}"


def start(actor: Member, *, names: str, title: str, body: str) -> Conversation:
    """Start a conversation with the members named, by its first message. Raises Invalid for all fields at once."""
    permissions.require(access.may_start(actor))
    members, clean = _checked(actor, names, title, body)
    read_state.lock_members({actor.id, *(member.id for member in members)})
    source, html = writing.prepare(actor, body, is_first=True)
    recipients.spend(actor, members)
    recipients.spend_start(actor)
    now = clock.now()
    conversation = Conversation(title=clean, starter_id=actor.id, started_at=now, last_message_at=now, last_position=0)
    session.add(conversation)
    session.flush()
    for member in (actor, *members):
        inviter = None if member is actor else actor.id
        _add_member(conversation, member, now, invited_by=inviter)
    _add_message(actor, conversation, source, html)
    drafts.discard(actor, NEW)
    return conversation


def _checked(actor: Member, names: str, title: str, body: str) -> tuple[list[Member], str]:
    """The members and the title; what is wrong in each field is told at once."""
    faults: dict[str, list[MessageText]] = {}
    members, clean = list[Member](), ""
    try:
        members = recipients.find(actor, names)
    except Invalid as error:
        faults |= error.fields
    try:
        clean = rules.checked_title(title)
    except Invalid as error:
        faults |= error.fields
    try:
        checked_body(body)
    except Invalid as error:
        faults |= error.fields
    if faults:
        raise Invalid(faults)
    return members, clean


def _add_member(conversation: Conversation, member: Member, now: datetime, *, invited_by: int | None) -> None:
    session.add(
        ConversationMember(
            conversation_id=conversation.id,
            member_id=member.id,
            joined_at=now,
            invited_by_id=invited_by,
            read_position=conversation.last_position,
            is_starred=False,
        )
    )
    session.flush()


def lock(actor: Member, conversation: Conversation, *, also: Collection[int] = ()) -> ConversationMember:
    """Lock a conversation until the transaction ends, then all who are in it or come to it, and reload it.

    Raises NotFound if the actor is not in it any more.
    """
    if not on_sqlite():  # the only writer since the transaction began
        try:
            session.refresh(conversation, with_for_update={"key_share": True})
        except InvalidRequestError as error:  # it was deleted
            raise NotFound from error
    rows = select(ConversationMember).where(ConversationMember.conversation_id == conversation.id)
    present = session.scalars(rows.execution_options(populate_existing=True)).all()
    read_state.lock_members({*also, *(row.member_id for row in present if row.left_at is None)})
    mine = next((row for row in present if row.member_id == actor.id), None)
    if mine is None or not access.is_in(mine):
        raise NotFound
    return mine


def _add_message(
    actor: Member,
    conversation: Conversation,
    source: str,
    html: SafeHtml | str = "",
    *,
    event: ConversationEvent | None = None,
    about: Member | None = None,
) -> ConversationMessage:
    """Add a message at the next position, which is unique because the conversation is locked or new."""
    conversation.last_position += 1
    conversation.version += 1
    conversation.last_message_at = clock.not_before(conversation.last_message_at)
    message = ConversationMessage(
        conversation=conversation,
        position=conversation.last_position,
        author_id=actor.id,
        created_at=conversation.last_message_at,
        source=source,
        html=html,
        markup_version=VERSION,
        event=event.value if event else "",
        about_id=about.id if about else None,
    )
    session.add(message)
    session.flush()
    read_state.note_new(conversation, actor.id)
    if not event:
        telling.tell(conversation, actor.id, telling.whom_to_tell(conversation, actor.id))
    return message


def reply(actor: Member, conversation: Conversation, *, body: str) -> ConversationMessage:
    """Add a member's message to a conversation that they are in."""
    lock(actor, conversation)
    permissions.require(access.may_write(actor))
    source, html = writing.prepare(actor, body)
    drafts.discard(actor, place_of(conversation))
    return _add_message(actor, conversation, source, html)


def edit(actor: Member, message: ConversationMessage, *, body: str) -> None:
    """Change the text of one's own message, within the time for editing posts."""
    lock(actor, message.conversation)
    permissions.require(access.may_edit(actor, message))
    source = checked_body(body)
    drafts.discard(actor, f"message:{message.id}")
    if source == message.source:
        return
    is_limited = current_settings().limits and not permissions.has_right(actor, Right.POST_WITHOUT_LIMITS)
    is_new = is_limited and newcomers.is_new(actor)
    message.html = writing.rendered(source, is_new=is_new, is_first=message.position == 1)
    message.source, message.markup_version, message.edited_at = source, VERSION, clock.now()
    message.conversation.version += 1
    session.flush()


def invite(actor: Member, conversation: Conversation, *, names: str) -> list[Member]:
    """Invite members, who see all earlier messages; one who had left comes back."""
    lock(actor, conversation, also=recipients.ids_of(names))
    permissions.require(access.may_start(actor))
    rows = select(ConversationMember).where(ConversationMember.conversation_id == conversation.id)
    known = {row.member_id: row for row in session.scalars(rows)}
    members = recipients.find(actor, names, present=[key for key, row in known.items() if row.left_at is None])
    recipients.spend(actor, members)
    for member in sorted(members, key=lambda each: each.id):
        _join(actor, conversation, member, known.get(member.id))
    return members


def _join(actor: Member, conversation: Conversation, member: Member, earlier: ConversationMember | None) -> None:
    """Let a member into a conversation, which is unread for them from where they left off."""
    now, position = clock.now(), earlier.read_position if earlier else 0
    if earlier is None:
        _add_member(conversation, member, now, invited_by=actor.id)
        earlier = session.get_one(ConversationMember, (conversation.id, member.id))
    else:
        earlier.left_at, earlier.joined_at, earlier.invited_by_id = None, now, actor.id
        earlier.read_position = conversation.last_position
        session.flush()
    _add_message(actor, conversation, "", event=ConversationEvent.INVITED, about=member)
    earlier.read_position = position
    session.flush()
    telling.tell(conversation, actor.id, [member.id])


def leave(actor: Member, conversation: Conversation) -> None:
    """Leave a conversation; the others are told. One that nobody is in any more is deleted by a job."""
    mine = lock(actor, conversation)
    read_state.set_read(mine, conversation, conversation.last_position)
    mine.left_at, mine.is_starred = clock.now(), False
    session.flush()
    drafts.discard(actor, place_of(conversation))
    _add_message(actor, conversation, "", event=ConversationEvent.LEFT)


def rename(actor: Member, conversation: Conversation, *, title: str) -> None:
    """Give a conversation another title; the others are told."""
    lock(actor, conversation)
    permissions.require(access.may_write(actor))
    clean = rules.checked_title(title)
    if clean != conversation.title:
        conversation.title = clean
        telling.rename(conversation)
        _add_message(actor, conversation, clean, event=ConversationEvent.RENAMED)


def set_star(actor: Member, conversation: Conversation, *, is_starred: bool) -> None:
    """Mark a conversation with a star, or take it away."""
    lock(actor, conversation).is_starred = is_starred
    session.flush()


def mark_unread(actor: Member, conversation: Conversation) -> None:
    """Make the last message of a conversation unread for the actor."""
    mine = lock(actor, conversation)
    permissions.require(YES if conversation.last_position else HIDDEN)
    read_state.set_read(mine, conversation, min(mine.read_position, conversation.last_position - 1))


def mark_read(actor: Member, conversation: Conversation) -> None:
    """Make a whole conversation read for the actor."""
    mine = lock(actor, conversation)
    read_state.set_read(mine, conversation, conversation.last_position)
    marks.mark_reactions_read(actor, conversation.id)
