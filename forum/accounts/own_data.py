"""Everything the forum stores about a member, as a ZIP of JSON files.

Rows are read in slices, each in a transaction of its own, so that memory is bounded and nobody waits.
"""

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from sqlalchemy import ColumnElement, select, tuple_

from forum.accounts.own_addresses import with_address
from forum.accounts.own_sections import SECTIONS, Section
from forum.audit_log import record
from forum.infra.database.db import session, start_writing
from forum.infra.ephemeral.rate_limits import hit
from forum.infra.errors import TooSoon
from forum.infra.text.messages import say
from forum.members import queries
from forum.members.actions import confirm_password
from forum.members.rules import DAY_SECONDS
from forum.models import (
    Invitation,
    Member,
)
from forum.permissions import scope_of

DOWNLOADS_A_DAY = 3
SLICE_ROWS = 500  # rows held in memory
PROFILE = (
    *("id", "username", "email", "email_verified_at", "email_stopped_at", "email_stop_reason"),
    *("role", "custom_title", "joined_at", "last_seen_at"),
    *("country", "location", "about", "is_hidden", "message_count", "positive_reactions", "negative_reactions"),
    *("conversations_from", "two_factor_at", "accepted_terms_version", "accepted_terms_at", "dismissed_notices"),
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
