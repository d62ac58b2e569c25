"""The signs of spam that spoke when an account was registered, and whether its first posts wait because of them.

No sign refuses or deletes anything: the most that they do together is to hold posts until a moderator has looked.
Signs that say something about others only, who registered at the same time or from addresses nearby, do not hold what
the spam filter finds fine.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import func, literal, select

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
WAVE_SIGN = "wave"
_ABOUT_OTHERS = (WAVE_SIGN, "range")
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


class Hold(NamedTuple):
    """That the first posts of an account wait: with `lets_fine_pass` only those that the filter does not find fine.

    While the filter knows too little to say so, all of them wait if the hold `is_strong`, else none.
    """

    lets_fine_pass: bool
    is_strong: bool


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


def hold_of_signs(codes: Sequence[str]) -> Hold | None:
    """How signs hold the first posts of an account; None if they do not."""
    found = _read("\n".join(codes))
    is_strong = sum(sign.strength for sign in found) >= HOLDS_FROM
    if not is_strong and not any(sign.code == WAVE_SIGN for sign in found):
        return None
    of_account = sum(sign.strength for sign in found if sign.code not in _ABOUT_OTHERS)
    return Hold(lets_fine_pass=of_account < HOLDS_FROM, is_strong=is_strong)


def store(member: Member, codes: Sequence[str]) -> None:
    """Store how an account was registered: codes of signs, such as `disposable:example.org`."""
    hold = hold_of_signs(codes)
    values = {
        "member_id": member.id,
        "registered_at": member.joined_at or clock.now(),
        "signs": "\n".join(codes)[:MAX_SIGNS],
        "holds_posts": hold is not None,
        "lets_fine_pass": hold is not None and hold.lets_fine_pass,
    }
    session.execute(insert_into(SignupRecord).values(**values).on_conflict_do_nothing())
    if WAVE_SIGN in codes:
        _note_wave()


def _note_wave() -> None:
    """Note on accounts that registered shortly before that they are part of the wave, which shows only now.

    Those that a moderator has let post go on posting. A row that somebody else has locked is left to the next one.
    """
    signs = literal("\n") + SignupRecord.signs + literal("\n")
    early = select(SignupRecord).where(SignupRecord.registered_at > clock.now() - WAVE)
    early = early.where(~signs.contains(f"\n{WAVE_SIGN}\n")).order_by(SignupRecord.member_id).limit(MAX_COUNTED)
    for row in session.scalars(early.with_for_update(skip_locked=True)):
        codes = row.signs.splitlines()
        was, hold = hold_of_signs(codes), hold_of_signs([*codes, WAVE_SIGN])
        if hold is not None and not row.holds_posts and was is None:
            row.holds_posts, row.lets_fine_pass = True, hold.lets_fine_pass
        row.signs = "\n".join([*codes, WAVE_SIGN])[:MAX_SIGNS]
    session.flush()


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


def hold_of(member: Member) -> Hold | None:
    """How a member's posts wait because of their account; it ends by itself with their first public posts."""
    if not _has_few_posts(member):
        return None
    columns = (SignupRecord.lets_fine_pass, SignupRecord.signs)
    row = session.execute(select(*columns).where(SignupRecord.member_id == member.id, SignupRecord.holds_posts)).first()
    if row is None or not row.lets_fine_pass:
        return Hold(lets_fine_pass=False, is_strong=True) if row is not None else None
    return hold_of_signs(row.signs.splitlines())


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


def hold_first_posts(actor: Member, member: Member, *, hold: bool, lets_fine_pass: bool = False) -> None:
    """Let the first posts of an account wait for approval, or no longer; what waits already goes on waiting."""
    permissions.require(may_hold_first_posts(actor, member))
    row = session.get(SignupRecord, member.id, with_for_update=True)
    if row is None:
        store(member, ())
        row = session.get_one(SignupRecord, member.id, with_for_update=True)
    before = _kept(row)
    row.holds_posts, row.lets_fine_pass = hold, hold and lets_fine_pass
    if (after := _kept(row)) != before:
        change = Change(before, after)
        record("hold-first-posts", actor=actor, target=f"member:{member.id}", change=change, now=hold)


def kept_hold(member: Member) -> dict[str, object]:
    """What the log keeps of whether a member's first posts wait, as it is stored now."""
    return _kept(session.get(SignupRecord, member.id, populate_existing=True))


def _kept(row: SignupRecord | None) -> dict[str, object]:
    if row is None or not row.lets_fine_pass:
        return {"holds_posts": row is not None and row.holds_posts}
    return {"holds_posts": row.holds_posts, "lets_fine_pass": True}
