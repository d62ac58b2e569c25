"""Sending a notice of illegal content, and the page on which its sender follows it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.db import session
from forum.infra.ephemeral.rate_limits import address_key, hit
from forum.infra.errors import Invalid, NotFound, TooSoon
from forum.infra.text.messages import Message, body_text, one_line, say, visible_length
from forum.members.account_mail import queue_mail
from forum.members.credentials.secret import digest, new_secret
from forum.members.names import clean_email
from forum.members.rules import DAY_SECONDS, HOUR_SECONDS
from forum.members.signup.questions import is_answered
from forum.models import IllegalNotice, Member, NoticedContent, ReviewItem, ReviewKind
from forum.models.moderation.illegal_notice import MAX_LAW, MAX_NOTICE_WORDS, MAX_NOTIFIER
from forum.moderation import reviews
from forum.moderation.illegal_content.addresses import Content, contents_at
from forum.site.queries import snapshot

NOTICES: Mapping[int, int] = {HOUR_SECONDS: 5, DAY_SECONDS: 20}  # by seconds: how many from one address or member
Faults = dict[str, list[Message]]


@dataclass(frozen=True)
class Entry:
    """What the form asks for. Who sends it may stay unnamed if it is about the sexual abuse of children."""

    addresses: str = ""
    words: str = ""
    law: str = ""
    name: str = ""
    email: str = ""
    is_about_abuse: bool = False
    in_good_faith: bool = False
    answer: str = ""  # to the question that keeps out programs, which guests are asked


def check(actor: Member | None, entry: Entry, *, home: str) -> None:
    """Check a notice before anything is locked for it, and count it. Raises Invalid or TooSoon."""
    _checked(actor, entry)
    contents_at(actor, entry.addresses, home)
    _require_pace(actor)


def send(actor: Member | None, entry: Entry, *, home: str, mail_home: str) -> str:
    """Open a case for each content of a notice; returns the secret of its page.

    `home` is the forum's address as its reader sees it, `mail_home` that of links in mail.
    Raises Invalid.
    """
    given = _checked(actor, entry)
    contents = contents_at(actor, entry.addresses, home)
    secret, now, hours = new_secret(), clock.now(), snapshot().notice_hours
    due = now + timedelta(hours=hours) if hours else None
    reference = f"{now:%Y}-{secrets.token_hex(4).upper()}"
    notice = IllegalNotice(**given, reference=reference, secret_hash=digest(secret), created_at=now, due_at=due)
    notice.member_id = actor.id if actor is not None else None
    session.add(notice)
    session.flush()
    for content in contents:
        _open_case(notice, content)
    session.flush()
    if notice.email:
        _confirm(notice, link=f"{mail_home}/contact/notices/{secret}")
    return secret


def _checked(actor: Member | None, entry: Entry) -> dict[str, str]:
    """The texts of a notice, normalised. Raises Invalid with all that is wrong but the addresses."""
    words, name = body_text(entry.words), one_line(entry.name)
    faults: Faults = {}
    if not visible_length(words):
        faults["words"] = [say("Say what is illegal about it.")]
    elif len(words) > MAX_NOTICE_WORDS:
        faults["words"] = [say("Use at most %(num)d characters.", num=MAX_NOTICE_WORDS)]
    if not entry.is_about_abuse:
        faults |= {} if visible_length(name) else {"name": [say("Enter your name.")]}
        faults |= {} if entry.email.strip() else {"email": [say("Enter your e-mail address.")]}
    if not entry.in_good_faith:
        faults["in_good_faith"] = [say("Please confirm this.")]
    if actor is None and not is_answered(entry.answer):
        faults["answer"] = [say("This is not the right answer.")]
    if faults:
        raise Invalid(faults)
    email = clean_email(entry.email) if entry.email.strip() else ""
    return {"words": words, "law": one_line(entry.law)[:MAX_LAW], "name": name[:MAX_NOTIFIER], "email": email}


def _require_pace(actor: Member | None) -> None:
    who = f"member:{actor.id}" if actor is not None else address_key(client_address().address)
    for seconds, most in NOTICES.items():
        if wait := hit(f"notice:{seconds}:{who}", limit=most, seconds=seconds):
            raise TooSoon(say("You have sent many notices. Try again later."), retry_after=wait)


def _open_case(notice: IllegalNotice, content: Content) -> None:
    """Join the open case of reports about the content, or open one, which is due by the first deadline."""
    about = {"post": content.post} if content.post is not None else {"member_id": content.member_id}
    item_id = reviews.open_case(ReviewKind.REPORT, **about)
    session.add(NoticedContent(notice_id=notice.id, item_id=item_id, address=content.address))
    undated = update(ReviewItem).where(ReviewItem.id == item_id, ReviewItem.due_at.is_(None))
    session.execute(undated.values(due_at=notice.due_at))


def _confirm(notice: IllegalNotice, *, link: str) -> None:
    """Tell who sent it that it has come. Without their words: the form must not mail strangers what somebody writes."""
    queue_mail(
        notice.email,
        say("Your notice %(reference)s", reference=notice.reference),
        say("We have received your notice of illegal content. Its number is %(number)s.", number=notice.reference),
        *_until(notice.due_at),
        say("Here is a copy of it, and what becomes of it:"),
        say("%(link)s", link=link),
        say("If you did not send a notice, ignore this e-mail."),
        is_asked=True,
    )


def _until(due: datetime | None) -> list[Message]:
    return [say("We decide by %(day)s and write to you.", day=snapshot().day_of(due))] if due else []


def find(secret: str) -> IllegalNotice:
    """The notice of a secret, with its contents and their cases. Raises NotFound."""
    cases = selectinload(IllegalNotice.contents).joinedload(NoticedContent.item)
    found = select(IllegalNotice).where(IllegalNotice.secret_hash == digest(secret)).options(cases)
    notice = session.scalars(found, execution_options={"populate_existing": True}).one_or_none()
    if notice is None:
        raise NotFound
    return notice


def notices_of(item: ReviewItem, most: int) -> list[IllegalNotice]:
    """The notices about what a case is about, oldest first."""
    found = select(IllegalNotice).join(NoticedContent).where(NoticedContent.item_id == item.id)
    return list(session.scalars(found.order_by(IllegalNotice.id).limit(most)))
