"""The signs of spam that spoke when an account was registered, and whether its first posts wait because of them.

No sign refuses or deletes anything: the most that they do together is to hold posts until a moderator has looked.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from forum import permissions
from forum.audit_log import Change, record
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.infra.text.messages import Message, say
from forum.models import Member, Right, SignupRecord
from forum.models.signup.signup_record import MAX_SIGNS
from forum.site.queries import snapshot
from forum.verdicts import HIDDEN, Verdict

WEAK, CLEAR, STRONG = 1, 2, 3
HOLDS_FROM = 2  # the strength of all signs together
WAVE = timedelta(minutes=10)
MAX_COUNTED = 200  # recent registrations
LEAST_IN_WAVE = 20
STRENGTHS = {WEAK: say("Weak sign"), CLEAR: say("Clear sign"), STRONG: say("Strong sign")}
_SIGNS: dict[str, tuple[int, Message]] = {
    "honeypot": (STRONG, say("A field was filled in that people do not see. Programs fill in every field.")),
    "disposable": (CLEAR, say("The e-mail address is at %(detail)s, which gives out throw-away mailboxes.")),
    "address": (CLEAR, say("Several accounts were registered from the same IP address on that day.")),
    "range": (CLEAR, say("Many accounts were registered from neighbouring IP addresses on that day.")),
    "quick": (WEAK, say("The form was filled in within %(detail)s seconds.")),
    "question": (WEAK, say("A question was answered in place of the computation that browsers with JavaScript do.")),
    "wave": (WEAK, say("Many others registered within the same ten minutes.")),
}


class Sign(NamedTuple):
    """A sign in a sentence, and how strong it is."""

    code: str
    strength: int
    sentence: Message

    @property
    def strength_in_words(self) -> Message:
        """How strong it is, for moderators."""
        return STRENGTHS[self.strength]


def recent_registrations() -> int:
    """How many accounts were registered within the last ten minutes, as far as that matters."""
    recent = select(SignupRecord.member_id).where(SignupRecord.registered_at > clock.now() - WAVE).limit(MAX_COUNTED)
    return session.scalar(select(func.count()).select_from(recent.subquery())) or 0


def holds(codes: Sequence[str]) -> bool:
    """Whether signs are strong enough together to hold the first posts of an account."""
    return sum(sign.strength for sign in _read("\n".join(codes))) >= HOLDS_FROM


def store(member: Member, codes: Sequence[str]) -> None:
    """Store how an account was registered: codes of signs, such as `disposable:example.org`."""
    values = {
        "member_id": member.id,
        "registered_at": member.joined_at or clock.now(),
        "signs": "\n".join(codes)[:MAX_SIGNS],
        "holds_posts": holds(codes),
    }
    session.execute(insert_into(SignupRecord).values(**values).on_conflict_do_nothing())


def signs_of(member: Member) -> list[Sign]:
    """The signs that spoke when a member registered."""
    return signs_by_member([member.id]).get(member.id, [])


def signs_by_member(member_ids: Collection[int]) -> dict[int, list[Sign]]:
    """The signs of several members; those without any are missing."""
    rows = session.execute(
        select(SignupRecord.member_id, SignupRecord.signs)
        .where(SignupRecord.member_id.in_(member_ids), SignupRecord.signs != "")
        .order_by(SignupRecord.member_id)
    )
    return {row.member_id: _read(row.signs) for row in rows}


def _read(stored: str) -> list[Sign]:
    parts = [line.partition(":") for line in stored.splitlines()]
    found = [_sign(code, detail) for code, _, detail in parts if code in _SIGNS]
    return sorted(found, key=lambda sign: -sign.strength)


def _sign(code: str, detail: str) -> Sign:
    strength, sentence = _SIGNS[code]
    return Sign(code, strength, replace(sentence, values={"detail": detail}) if detail else sentence)


def holds_first_posts(member: Member) -> bool:
    """Whether a member's posts wait because of their account; it ends by itself with their first public posts."""
    if not _has_few_posts(member):
        return False
    flag = select(SignupRecord.holds_posts).where(SignupRecord.member_id == member.id)
    return bool(session.scalar(flag))


def _has_few_posts(member: Member) -> bool:
    return member.message_count < max(1, snapshot().new_member_posts)


def may_hold_first_posts(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may hold or release a new member's posts: who may ban members, and whom they may see."""
    verdict = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    if not verdict:
        return verdict
    if member.closed_at is not None:
        return HIDDEN
    return verdict if _has_few_posts(member) else Verdict(Conflict(say("This member is no longer new.")))


def hold_first_posts(actor: Member, member: Member, *, hold: bool) -> None:
    """Let the first posts of an account wait for approval, or no longer; what waits already goes on waiting."""
    permissions.require(may_hold_first_posts(actor, member))
    row = session.get(SignupRecord, member.id, with_for_update=True)
    if row is None:
        store(member, ())
        row = session.get_one(SignupRecord, member.id, with_for_update=True)
    if row.holds_posts != hold:
        change = Change({"holds_posts": row.holds_posts}, {"holds_posts": hold})
        row.holds_posts = hold
        record("hold-first-posts", actor=actor, target=f"member:{member.id}", change=change, now=hold)


def kept_hold(member: Member) -> dict[str, object]:
    """What the log keeps of whether a member's first posts wait, as it is stored now."""
    row = session.get(SignupRecord, member.id, populate_existing=True)
    return {"holds_posts": row is not None and row.holds_posts}
