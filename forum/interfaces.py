"""What the doors share: translated words, absolute addresses, and doing once what is sent twice."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from flask import request
from flask.json.provider import DefaultJSONProvider
from flask_babel import format_date, gettext, ngettext
from sqlalchemy import Executable, bindparam, delete, select, update

from forum.infra import clock
from forum.infra.characters import without_forbidden
from forum.infra.core_statements import execute_core, insert_into, table_of
from forum.infra.db import current_settings, on_sqlite, session
from forum.infra.errors import Conflict, MessageText
from forum.infra.messages import Message, say
from forum.models import Member, Submission

SUBMISSION_LIFETIME = timedelta(days=1)
GUEST_PAGE_KEY = "forum.shared"


@dataclass(frozen=True)
class CacheableGuestPage:
    """A page that every guest may be shown, and the part of it that says who is there.

    `place` and `board_id` are where its readers are counted, `thread_id` the thread whose views they add to;
    `template` renders `crowd` from the viewers under the name `variable`.
    """

    place: str = ""
    board_id: int = 0
    thread_id: int = 0
    crowd: str = ""
    template: str = ""
    variable: str = "viewers"


def allow_guest_caching(page: CacheableGuestPage) -> None:
    """Let the front step show this answer to other guests too."""
    request.environ[GUEST_PAGE_KEY] = page


def translate(message: MessageText) -> str:
    """A message in the visitor's language."""
    if isinstance(message, str):
        return message
    return _filled(message)


def _filled(message: Message) -> str:
    values = {name: format_date(value) if type(value) is date else value for name, value in message.values.items()}
    if message.plural:
        number = int(str(values.pop("num", 0)))
        return str(ngettext(message.msgid, message.plural, number, **values))
    return str(gettext(message.msgid, **values))


class JsonProvider(DefaultJSONProvider):
    """How answers are written as JSON: in UTF-8, without noncharacters, which RFC 7493 forbids, from older rows."""

    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """The JSON of an object."""
        text = super().dumps(obj, **kwargs)
        return text if text.isascii() else without_forbidden(text)


def absolute_url(path: str) -> str:
    """The whole address of a path: under FORUM_BASE_URL, else under the host that the gate let in."""
    return (current_settings().base_url or f"{request.scheme}://{request.host}") + path


def mail_link_base() -> str:
    """What links in e-mails begin with: FORUM_BASE_URL, else the host asked for if that is this very machine.

    Any other host is what the client says it is, and a secret link must not lead there: then a link is a path only,
    which staff complete when they hand it on.
    """
    if current_settings().base_url or _is_loopback(request.host):
        return absolute_url("")
    return ""


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass
class SubmissionClaim:
    """A claim on a key: `earlier` is what the first sender was answered, if there was one."""

    member: Member
    key: str
    earlier: Submission | None

    def answered(self, *, status: int, location: str, answer: str = "") -> None:
        """Keep the answer for whoever sends the same again."""
        if self.key:
            execute_core(
                _ANSWERED, member=self.member.id, claimed=self.key, status=status, location=location, answer=answer
            )


def claim_submission(member: Member, key: str, *, content: str) -> SubmissionClaim:
    """Claim a key for a write: the second to come waits for the first and gets its answer.

    The same key with other content is another write if the key came from a form, so `content` is part of it;
    so a form changed after going back posts again. Without a key every sending is a write of its own.
    """
    if not key:
        return SubmissionClaim(member, "", None)
    return _claim(member, _digest(key, content), fingerprint="")


def claim_idempotency_key(member: Member, key: str, *, content: str) -> SubmissionClaim:
    """Like once(), for a key that the sender promises to use for one content only (Idempotency-Key)."""
    claim = _claim(member, _digest("api", key), fingerprint=_digest(content))
    if claim.earlier is not None and claim.earlier.fingerprint != _digest(content):
        raise Conflict(say("This Idempotency-Key was already used for a different request."))
    return claim


def _claim(member: Member, key: str, *, fingerprint: str) -> SubmissionClaim:
    values = {"member_id": member.id, "key": key, "fingerprint": fingerprint, "created_at": clock.now()}
    claimed = session.connection().execute(_claimed(on_sqlite=on_sqlite()), values | _UNANSWERED).first()
    if claimed is not None:
        return SubmissionClaim(member, key, None)
    return SubmissionClaim(
        member, key, session.scalars(select(Submission).filter_by(member_id=member.id, key=key)).one()
    )


_UNANSWERED = {"status": 0, "location": "", "answer": ""}
_SUBMISSION = Submission.__table__.c
_ANSWERED = (
    update(table_of(Submission))
    .where(_SUBMISSION.member_id == bindparam("member"), _SUBMISSION.key == bindparam("claimed"))
    .values({name: bindparam(name) for name in _UNANSWERED})
)


@cache
def _claimed(*, on_sqlite: bool) -> Executable:
    del on_sqlite  # only told apart by it
    return insert_into(Submission).on_conflict_do_nothing().returning(_SUBMISSION.key)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def delete_old_submissions() -> None:
    """Delete keys older than a day: a job's work."""
    session.execute(delete(Submission).where(Submission.created_at < clock.now() - SUBMISSION_LIFETIME))
