"""Makes the e-mail of a digest when it is sent, of what the member may still see and has not read meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import select

from forum.boards.unread import ME, with_read_marks
from forum.digests.choosing import Chosen, from_body, unopened
from forum.digests.items import Section, sections_of
from forum.digests.popular import Popular
from forum.digests.readers import Reader, may_be_mailed, reader_of
from forum.digests.rules import KIND, LONGEST, SCOPE
from forum.digests.watched import NEW_THREAD, After, Watched, is_still_watched, new_posts, unread_by
from forum.infra import clock
from forum.infra.database.db import current_settings, session, transaction
from forum.infra.database.in_list import in_list
from forum.infra.paths import TEMPLATES
from forum.infra.text.messages import say, say_many
from forum.mail import messages, tokens
from forum.models import Frequency, Mail, Thread, ThreadRead, ThreadWatch
from forum.site.queries import snapshot

MAX_SUBJECT = 200
MAX_TITLE = 100  # characters of a title in the subject

__all__ = ["KIND", "compose_digest"]


@dataclass(frozen=True)
class DigestMail:
    """What an e-mail with a digest says."""

    site: str
    base: str
    username: str
    language: str
    accent: str
    sections: list[Section]
    unsubscribe: str


def compose_digest(letter: Mail) -> EmailMessage | None:
    """The e-mail for a digest of the queue; None if there is not enough to tell any more."""
    reader = reader_of(letter.member_id or 0)
    if reader is None or not may_be_mailed(reader.member) or reader.digest.frequency == Frequency.OFF:
        session.rollback()
        return None
    chosen = _still_new(reader, from_body(letter.body), clock.now())
    sections = sections_of(reader, chosen) if chosen.is_worth else []
    subject, name, address = _subject(sections), reader.member.username, reader.member.email or ""
    session.rollback()
    if not sections:
        return None
    with transaction():
        token = tokens.token_for(letter.member_id or 0, tokens.UNSUBSCRIBE, SCOPE)
    return _message(letter, address, subject, _mail(name, sections, token))


def _message(letter: Mail, address: str, subject: str, mail: DigestMail) -> EmailMessage:
    letter.recipient, letter.subject = address, subject
    letter.body = _environment().get_template("digest.txt").render(mail=mail)
    message = messages.compose(letter, html=_environment().get_template("digest.html").render(mail=mail))
    message["Precedence"] = "bulk"
    message["List-Id"] = messages.list_id(KIND)
    message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def _mail(username: str, sections: list[Section], token: str) -> DigestMail:
    site, base = snapshot(), current_settings().base_url
    address = f"{base}/unsubscribe/{token}"
    return DigestMail(site.name, base, username, site.language, site.appearance.accent, sections, address)


def _subject(sections: list[Section]) -> str:
    """The title of the first thread, and how many more there are."""
    items = [item for section in sections for item in section.items]
    if not items:
        return ""
    title = items[0].title if len(items[0].title) <= MAX_TITLE else items[0].title[: MAX_TITLE - 1].rstrip() + "…"
    others = len(items) - 1 + sum(section.more for section in sections)
    words = say_many("%(title)s, and %(num)d more thread", "%(title)s, and %(num)d more threads", others, title=title)
    return str(words if others else say("%(title)s", title=title))[:MAX_SUBJECT]


def _still_new(reader: Reader, stored: Mapping[str, Any], now: datetime) -> Chosen:
    """What was chosen, without what the member has read since, may not see or does not watch any more."""
    watched = _watched(reader, [Watched(each[0], each[1], each[2], 0, 0, 0) for each in stored["watched"]], now)
    wanted = {row[0]: row for row in stored["popular"]}
    new = unopened(reader, list(wanted), now)
    seen_at = reader.member.read_all_at or now
    popular = [Popular(each, 0, 0, seen_at, *wanted[each][1:]) for each in wanted if each in new]
    return Chosen(tuple(watched), tuple(popular), {}, *stored["more"])


def _watched(reader: Reader, told: list[Watched], now: datetime) -> list[Watched]:
    if not told:
        return []
    mine = (ThreadWatch.thread_id == Thread.id) & (ThreadWatch.member_id == reader.member.id)
    statement: Any = select(Thread.id, Thread.board_id, ThreadWatch.level, ThreadRead.position)
    statement = with_read_marks(statement.join(Thread.board).outerjoin(ThreadWatch, mine))
    since, ids = now - LONGEST, [each.thread_id for each in told]
    found = session.execute(statement.where(in_list(Thread.id, ids), *unread_by(reader, since)), {ME: reader.member.id})
    read = {row.id: row.position or 0 for row in found if is_still_watched(reader, row.level, row.board_id)}
    after = {
        each.thread_id: After(max(read[each.thread_id], each.first - 1)) for each in told if each.thread_id in read
    }
    new = new_posts(reader, after, since)
    return [
        each._replace(first=new[each.thread_id].first, new_posts=new[each.thread_id].number)
        for each in told
        if each.thread_id in new and (each.why != NEW_THREAD or new[each.thread_id].first == 1)
    ]


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES / "mail")
    return Environment(loader=loader, autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True)
