"""Recovery codes: ten at a time, each for one login, stored as hashes.

They consist of digits, so that one field with a numeric keypad takes them and the codes of an app alike. With 20 digits
(66 bits) they cannot be guessed from a fast hash either.
"""

import secrets
from typing import cast

from sqlalchemy import CursorResult, delete, func, select

from forum.infra.database.db import session
from forum.members.credentials.secret import digest
from forum.models import Member, RecoveryCode

COUNT, DIGITS, GROUP = 10, 20, 5
FEW = 3  # with so many left, members are told to create new ones


def renew(member: Member) -> list[str]:
    """Replace a member's codes by new ones, and return those in groups of digits: they cannot be shown again."""
    void(member)
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _ in range(COUNT)]
    session.add_all(RecoveryCode(member_id=member.id, code_hash=digest(code)) for code in codes)
    session.flush()
    return ["-".join(code[at : at + GROUP] for at in range(0, DIGITS, GROUP)) for code in codes]


def consume(member: Member, code: str) -> bool:
    """Whether it is one of a member's codes; it works once, also for two requests at the same time."""
    statement = delete(RecoveryCode).where(RecoveryCode.member_id == member.id, RecoveryCode.code_hash == digest(code))
    return cast("CursorResult[object]", session.execute(statement)).rowcount == 1


def left(member: Member) -> int:
    """The number of codes that a member has not used yet."""
    return session.scalar(select(func.count(RecoveryCode.id)).where(RecoveryCode.member_id == member.id)) or 0


def void(member: Member) -> None:
    """Delete all codes of a member."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))
