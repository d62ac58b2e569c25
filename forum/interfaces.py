"""What the web and API interfaces share: translated messages, absolute URLs and idempotent submissions."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from flask import request
from flask.json.provider import DefaultJSONProvider
from flask_babel import format_date, gettext, ngettext
from sqlalchemy import Executable, bindparam, select, update

from forum.infra import clock
from forum.infra.database.core_statements import execute_core, insert_into, table_of
from forum.infra.database.db import current_settings, on_sqlite, session
from forum.infra.errors import Conflict, MessageText
from forum.infra.text.characters import without_forbidden
from forum.infra.text.messages import Message, say
from forum.models import Member, Submission

GUEST_PAGE_KEY = "forum.shared"
PAGE_VERSIONS = "forum.page_versions"  # in the WSGI environ of a page to be cached: the site's version and removals
STREAMED = "forum.streamed"  # set in the WSGI environ for a response whose body is a large file


@dataclass(frozen=True)
class CacheableGuestPage:
    """A page that can be cached for all guests, and its viewer block.

    Viewers are counted under `place` and `board_id`; `thread_id` is the thread whose views they increase.
    `viewers_html` is the rendered viewer block: `template`, given the viewers as `variable`.
    """

    place: str = ""
    board_id: int = 0
    thread_id: int = 0
    viewers_html: str = ""
    template: str = ""
    variable: str = "viewers"


def allow_guest_caching(page: CacheableGuestPage) -> None:
    """Let the guest cache serve this response to other guests."""
    request.environ[GUEST_PAGE_KEY] = page


def translate(message: MessageText) -> str:
    """A message in the visitor's language."""
    if isinstance(message, str):
        return message
    return _filled(message)


def _filled(message: Message) -> str:
    values = {name: _shown(value) for name, value in message.values.items()}
    if message.plural:
        number = int(str(values.pop("num", 0)))
        return str(ngettext(message.msgid, message.plural, number, **values))
    return str(gettext(message.msgid, **values))


def _shown(value: object) -> object:
    """A value as it is put into a sentence: a part that is a message itself is translated."""
    if isinstance(value, Message):
        return _filled(value)
    return format_date(value) if isinstance(value, date) and not isinstance(value, datetime) else value


class JsonProvider(DefaultJSONProvider):
    """Writes JSON as UTF-8, without the noncharacters of older rows, which RFC 7493 forbids."""

    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize an object."""
        text = super().dumps(obj, **kwargs)
        return text if text.isascii() else without_forbidden(text)


def absolute_url(path: str) -> str:
    """The absolute URL of a path: under FORUM_BASE_URL, else under the request's host, which the guards checked."""
    return (current_settings().base_url or f"{request.scheme}://{request.host}") + path


def mail_link_base() -> str:
    """The base URL of links in e-mail: FORUM_BASE_URL, else the request's host if it is a loopback address.

    The client can send any other host, and a secret link must not lead there: such links are only a path, which
    staff complete when they pass it on.
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
    """A claim on an idempotency key; `earlier` is the stored response to the first submission, if there was one."""

    member: Member
    key: str
    earlier: Submission | None

    def answered(self, *, status: int, location: str, answer: str = "") -> None:
        """Store the response, to be repeated if the same submission arrives again."""
        if self.key:
            execute_core(
                _STORE_RESPONSE,
                member=self.member.id,
                claimed=self.key,
                status=status,
                location=location,
                answer=answer,
            )


def claim_submission(member: Member, key: str, *, content: str) -> SubmissionClaim:
    """Claim a key for a write; a second submission waits for the first and gets its response.

    For a key from a form, `content` is part of the key: the same key with other content is a new write, so a form that
    was changed after going back posts again. Without a key, every submission is a new write.
    """
    if not key:
        return SubmissionClaim(member, "", None)
    return _claim(member, _digest(key, content), fingerprint="")


def claim_idempotency_key(member: Member, key: str, *, content: str) -> SubmissionClaim:
    """Like once(), for an Idempotency-Key header; raises Conflict if the key was used with other content."""
    claim = _claim(member, _digest("api", key), fingerprint=_digest(content))
    if claim.earlier is not None and claim.earlier.fingerprint != _digest(content):
        raise Conflict(say("This Idempotency-Key was already used for a different request."))
    return claim


def _claim(member: Member, key: str, *, fingerprint: str) -> SubmissionClaim:
    values = {"member_id": member.id, "key": key, "fingerprint": fingerprint, "created_at": clock.now()}
    claimed = session.connection().execute(_claim_insert(on_sqlite=on_sqlite()), values | _NO_RESPONSE).first()
    if claimed is not None:
        return SubmissionClaim(member, key, None)
    return SubmissionClaim(
        member, key, session.scalars(select(Submission).filter_by(member_id=member.id, key=key)).one()
    )


_NO_RESPONSE = {"status": 0, "location": "", "answer": ""}
_SUBMISSION = Submission.__table__.c
_STORE_RESPONSE = (
    update(table_of(Submission))
    .where(_SUBMISSION.member_id == bindparam("member"), _SUBMISSION.key == bindparam("claimed"))
    .values({name: bindparam(name) for name in _NO_RESPONSE})
)


@cache
def _claim_insert(*, on_sqlite: bool) -> Executable:
    del on_sqlite  # only the cache key
    return insert_into(Submission).on_conflict_do_nothing().returning(_SUBMISSION.key)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
