"""What is asked of services: rows written with what they are about, which a job sends."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import current_settings, session
from forum.models import LogEntry, Member, OutsideCheck, Post
from forum.models.log_entry import EXPIRED
from forum.site.queries import snapshot

STOPFORUMSPAM, AKISMET, TURNSTILE = "stopforumspam", "akismet", "turnstile"
SERVICES = (STOPFORUMSPAM, AKISMET, TURNSTILE)
CHECK, REPORT, CORRECT_SPAM, CORRECT_HAM = "check", "report", "submit-spam", "submit-ham"
DOUBTS = ("sfs-", "captcha-")  # results that are reasons to wait begin so
IS_SPAM, IS_HAM = "spam", "ham"
WAIT = timedelta(hours=24)  # before a decision is reported, in which it can be undone


def is_on(name: str) -> bool:
    """Whether a service is turned on."""
    return name in snapshot().outside_services


def reasons_to_wait(member: Member) -> list[str]:
    """Why services let a newcomer's post wait: what StopForumSpam has said of them, or that Akismet is asked first."""
    found = ["akismet-waits"] if is_on(AKISMET) and snapshot().akismet_holds else []
    if is_on(STOPFORUMSPAM) or is_on(TURNSTILE):
        said = select(OutsideCheck.result).where(OutsideCheck.member_id == member.id, OutsideCheck.kind == CHECK)
        theirs = said.where(OutsideCheck.service.in_((STOPFORUMSPAM, TURNSTILE)))
        found += [result for result in session.scalars(theirs) if result.startswith(DOUBTS)]
    return found


def ask_about_member(member: Member) -> None:
    """Let StopForumSpam be asked about a member who registers now."""
    if is_on(STOPFORUMSPAM):
        fields = {"email": member.email or "", "ip": client_address().stored or ""}
        _add(STOPFORUMSPAM, CHECK, member.id, fields)


def ask_about_post(post: Post, author: Member, title: str) -> None:
    """Let Akismet be asked about a new member's post that was just written."""
    if not is_on(AKISMET):
        return
    address = client_address()
    fields = {
        "blog": current_settings().base_url,
        "user_ip": address.stored or "",
        "user_agent": address.agent if address.is_stored else "",
        "permalink": f"{current_settings().base_url}{post.path}",
        "comment_type": "forum-post" if title else "reply",
        "comment_author": author.username,
        "comment_author_email": author.email or "",
        "comment_content": f"{title}\n{post.source}".strip(),
        "comment_date_gmt": post.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    _add(AKISMET, CHECK, author.id, {name: value for name, value in fields.items() if value}, post_id=post.id)


def note_decision(post: Post, *, is_spam: bool) -> None:
    """Let services learn of a moderator's decision about a post, a day later, if it still stands then.

    StopForumSpam gets a report of the member; Akismet a correction, if it has answered otherwise.
    """
    later = clock.now() + WAIT
    asked = select(OutsideCheck).where(OutsideCheck.post_id == post.id, OutsideCheck.service == AKISMET)
    check = session.scalars(asked.where(OutsideCheck.kind == CHECK)).one_or_none()
    if check is not None and check.result == (IS_HAM if is_spam else IS_SPAM):
        kind = CORRECT_SPAM if is_spam else CORRECT_HAM
        _add(AKISMET, kind, check.member_id, check.fields, post_id=post.id, due_at=later)
    if is_spam and is_on(STOPFORUMSPAM):
        _report(post, later)


def _report(post: Post, later: datetime) -> None:
    member = session.get_one(Member, post.author_id)
    entries = select(LogEntry.address).where(LogEntry.actor_id == member.id, LogEntry.address.not_in(("", EXPIRED)))
    ip = session.scalar(entries.order_by(LogEntry.id.desc()).limit(1))
    reported = (OutsideCheck.member_id == member.id, OutsideCheck.kind == REPORT)
    if ip and member.email and session.scalar(select(OutsideCheck.id).where(*reported)) is None:
        fields = {"username": member.username, "ip_addr": ip, "email": member.email, "evidence": post.source[:1000]}
        _add(STOPFORUMSPAM, REPORT, member.id, fields, post_id=post.id, due_at=later)


def _add(
    service: str,
    kind: str,
    member_id: int,
    fields: dict[str, Any],
    *,
    post_id: int | None = None,
    due_at: datetime | None = None,
) -> None:
    about = {"member_id": member_id, "post_id": post_id, "due_at": due_at or clock.now()}
    row = insert_into(OutsideCheck).values(service=service, kind=kind, fields=fields, tries=0, result="", **about)
    session.execute(row.on_conflict_do_nothing())
