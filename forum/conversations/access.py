"""Who may start conversations, write in them, and be written to. Only their members see them, staff neither."""

from datetime import timedelta

from forum import permissions
from forum.infra import clock
from forum.infra.errors import Forbidden
from forum.infra.text.messages import say
from forum.members.signup import newcomers
from forum.models import ConversationMember, ConversationMessage, Member, Right, WhoMayWrite
from forum.relations.queries import follows, ignores
from forum.site.mutes import Muted, mutes_of, words_of
from forum.site.queries import snapshot
from forum.verdicts import HIDDEN, MUST_LOG_IN, YES, Verdict


def _no(message: str) -> Verdict:
    return Verdict(Forbidden(say(message)))


def may_write(actor: Member | None) -> Verdict:
    """Whether the actor may write in the conversations that they are in: neither banned nor muted everywhere."""
    if actor is None:
        return MUST_LOG_IN
    writes = permissions.may_write(actor)
    mute = next((each for each in mutes_of(actor) if not each.scope), None) if writes and actor.is_muted else None
    return Verdict(Muted(words_of(mute))) if mute else writes


def may_start(actor: Member | None) -> Verdict:
    """Whether the actor may start conversations, and invite others to them."""
    writes = may_write(actor)
    if writes and not permissions.has_right(actor, Right.START_CONVERSATIONS):
        return _no("You cannot start conversations.")
    return _no("New members cannot start conversations.") if writes and actor and _is_too_new(actor) else writes


def _is_too_new(actor: Member) -> bool:
    """Whether the settings let new members start no conversations, and the actor is one."""
    site = snapshot()
    if site.conversations_per_day_new and site.recipients_per_day_new:
        return False
    return newcomers.is_new(actor) and not permissions.has_right(actor, Right.POST_WITHOUT_LIMITS)


def may_write_to(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may start a conversation with a member, as their profile offers it."""
    starts = may_start(actor)
    if actor is None or not starts:
        return starts
    if member.id == actor.id:
        return _no("You cannot write to yourself.")
    return YES if accepts(member, actor) else _no("This member does not take part in conversations.")


def accepts(member: Member, actor: Member) -> bool:
    """Whether a member can receive conversations, and takes them from the actor; from staff everybody does.

    Those whom the member ignores are told nothing else than the others.
    """
    if member.password_hash is None or member.closed_at is not None or member.awaits_approval_at is not None:
        return False
    if member.is_banned:
        return False
    if permissions.has_right(actor, Right.BAN_MEMBERS):
        return True
    if member.conversations_from == WhoMayWrite.NOBODY or ignores(member.id, actor.id):
        return False
    return member.conversations_from == WhoMayWrite.EVERYONE or follows(member.id, actor.id)


def may_edit(actor: Member, message: ConversationMessage) -> Verdict:
    """Whether the actor may change a message: its author, within the time for editing posts."""
    writes = may_write(actor)
    if not writes:
        return writes
    if message.event or message.author_id != actor.id:
        return _no("You can only edit your own messages.")
    window = snapshot().edit_window_minutes
    minutes = max(window, permissions.scope_of(actor).edit_minutes)
    is_over = window > 0 and clock.now() - message.created_at > timedelta(minutes=minutes)
    if is_over and not permissions.has_right(actor, Right.EDIT_WITHOUT_LIMIT):
        return _no("It is too late to edit this message.")
    return YES


def may_react(actor: Member, message: ConversationMessage) -> Verdict:
    """Whether the actor, who is in the conversation, may react to a message: to what others wrote."""
    writes = may_write(actor)
    if not writes:
        return writes
    if message.event:
        return HIDDEN
    if not permissions.has_right(actor, Right.REACT):
        return _no("You cannot react to messages.")
    return _no("You cannot react to your own message.") if message.author_id == actor.id else YES


def may_report(actor: Member, message: ConversationMessage) -> Verdict:
    """Whether the actor, who is in the conversation, may report a message: also the muted, what others wrote."""
    writes = permissions.may_write(actor)
    if writes and message.event:
        return HIDDEN
    return _no("You cannot report your own message.") if writes and message.author_id == actor.id else writes


def is_in(mine: ConversationMember | None) -> bool:
    """Whether somebody is in a conversation now."""
    return mine is not None and mine.left_at is None
