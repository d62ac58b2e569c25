"""Answers to the forum's mail: a message to the address of a member and thread becomes their post in it."""

from forum.boards.redirects import redirect_of
from forum.inbox import parts, refusals
from forum.inbox.incoming import Incoming, Taken
from forum.inbox.refusals import AUTOMATIC, LATER, POSTED, UNCONFIRMED, Answer
from forum.inbox.reply_text import reply_of
from forum.inbox.rules import MAX_WAITS, SHORT_WAIT_SECONDS, WAITS_SECONDS
from forum.infra.database.db import session
from forum.infra.ephemeral.rate_limits import hit
from forum.infra.errors import ForumError, NotFound, TooSoon
from forum.mail.tokens import REPLY, read_token, reply_scope
from forum.members.rules import email_key
from forum.models import Member, Post, Thread
from forum.site.queries import follow_database
from forum.threads import actions
from forum.threads.queries import address_of, find_thread


def take(word: str, incoming: Incoming) -> Taken | None:
    """Post an answer, or refuse it; None if the word is not of an answer's address."""
    try:
        signed = read_token(word, REPLY)
        member = session.get_one(Member, signed.member_id)
        thread_id = int(signed.scope.partition(".")[0])
    except (NotFound, ValueError):
        return None
    follow_database()
    is_outdated = signed.scope != reply_scope(member, thread_id)
    answer = Answer(member, f"/threads/{thread_id}")
    outcome = AUTOMATIC if incoming.is_automatic() else _answered(answer, thread_id, incoming, is_outdated=is_outdated)
    return Taken(outcome, member.id)


def _answered(answer: Answer, thread_id: int, incoming: Incoming, *, is_outdated: bool) -> str:
    member = answer.member
    if member.email is None or member.closed_at is not None:
        return refusals.refuse(answer, refusals.CLOSED)
    if member.email_verified_at is None:
        return UNCONFIRMED
    if is_outdated or email_key(incoming.author()) != member.email_key:
        return refusals.refuse(answer, refusals.OUTDATED if is_outdated else refusals.SENDER)
    if not incoming.is_whole:
        return refusals.refuse(answer, refusals.TOO_LARGE)
    has_files, text = parts.has_files(incoming.message), reply_of(parts.text_of(incoming.message))
    if not text.strip():
        return refusals.refuse(answer, refusals.FILES if has_files else refusals.EMPTY)
    return _posted(Answer(member, answer.path, text), thread_id, has_files=has_files)


def _posted(answer: Answer, thread_id: int, *, has_files: bool) -> str:
    try:
        thread = _thread(answer.member, thread_id)
    except NotFound:
        return refusals.refuse(answer, refusals.GONE)
    try:
        with session.begin_nested():
            post = actions.reply(answer.member, thread, body=answer.text, keeps_draft=True)
    except TooSoon as error:
        if error.retry_after <= SHORT_WAIT_SECONDS and _may_wait(answer.member):
            return LATER
        return refusals.refuse(answer, refusals.outcome_of(error), error.message)
    except ForumError as error:
        return refusals.refuse(answer, refusals.outcome_of(error), refusals.words_of(error))
    return _told(answer, post, has_files=has_files)


def _may_wait(member: Member) -> bool:
    """Whether a message of a member may stay in the mailbox: hundreds of them would keep those of others waiting."""
    return not hit(f"mailbox-waits:{member.id}", limit=MAX_WAITS, seconds=WAITS_SECONDS)


def _thread(member: Member, thread_id: int) -> Thread:
    """The thread, or the one that it was merged into."""
    try:
        return find_thread(member, thread_id)
    except NotFound:
        merged = redirect_of(thread_id)
        if merged is None:
            raise
        return find_thread(member, merged.target_id)


def _told(answer: Answer, post: Post, *, has_files: bool) -> str:
    here = Answer(answer.member, address_of(post))
    if post.is_held:
        return refusals.tell_of_waiting(here)
    return refusals.tell_of_files(here) if has_files else POSTED
