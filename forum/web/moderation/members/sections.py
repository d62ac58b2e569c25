"""The sections of the page on which moderators see everything about a member, and the acts that it links to.

A new section is a template `moderation/member/NAME.html`, which gets what its loader returns as `part`, and a row in
SECTIONS; a new act is a row in ACTS.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from forum import permissions
from forum.admin.undo.searching import readable_actions
from forum.audit_log import LogQuery, newest_entries
from forum.infra.database.db import session
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.members import sanctions
from forum.members.bans import holds
from forum.members.signup.newcomers import is_new
from forum.models import Member, ReviewItem, ReviewKind, Right, Sanction
from forum.models.members.member import with_member_name
from forum.models.moderation.staff_note import MAX_STAFF_NOTE
from forum.moderation import notes, reviews
from forum.moderation.cleaning.plan import may_clean
from forum.moderation.reports.cases import report_counts, with_names
from forum.moderation.reports.making import KINDS
from forum.moderation.warnings import giving, lists
from forum.site.mutes import board_of, mutes_of
from forum.site.queries import snapshot
from forum.verdicts import Verdict
from forum.web.audit_log_lines import lines_of
from forum.web.moderation.members.signup import signup_section

MAX_ROWS = 20  # of a section whose whole list is elsewhere
MAX_SANCTIONS = 50
Part = dict[str, Any]


class Section(NamedTuple):
    """A section; the loader gets the moderator and the member, and returns None if the moderator must not see it."""

    name: str
    title: Message
    load: Callable[[Member, Member], Part | None]


class Act(NamedTuple):
    """What can be done with a member: the end of its address, and who may."""

    name: str
    label: Message
    may: Callable[[Member, Member], Verdict]


class Restraint(NamedTuple):
    """A ban, mute or hold in force, with its board's title, and whether the moderator may lift it."""

    sanction: Sanction
    place: str
    board_id: int | None
    may_lift: bool


def _state(actor: Member, member: Member) -> Part:
    return {"is_new": is_new(member), "restraints": list(_restraints(actor, member))}


def _restraints(actor: Member, member: Member) -> list[Restraint]:
    """What is in force against a member, as far as a moderator may know it."""
    may_ban = bool(sanctions.may_ban(actor, member))
    ban = sanctions.ban_of(member)
    found = [Restraint(ban, "", None, may_ban)] if ban else []
    for mute in mutes_of(member):
        board_id = board_of(mute)
        if board_id is None or board_id in permissions.scope_of(actor).see:
            may_lift = bool(sanctions.may_mute(actor, member, board_id))
            found.append(Restraint(mute, _place_of(actor, mute), board_id, may_lift))
    hold = holds.hold_of(member)
    return found + ([Restraint(hold, "", None, bool(holds.may_hold(actor, member)))] if hold else [])


def _place_of(actor: Member, sanction: Sanction) -> str:
    """The board in which a sanction applies; empty for the whole forum."""
    board_id = board_of(sanction)
    if board_id is None:
        return ""
    board = snapshot().tree.get(board_id) if board_id in permissions.scope_of(actor).see else None
    return board.title if board else translate(say("another board"))


def _notes(actor: Member, member: Member) -> Part:
    return {
        "notes": [(note, bool(notes.may_delete(actor, note))) for note in notes.notes_on(actor, member)],
        "most": MAX_STAFF_NOTE,
    }


def _warnings(actor: Member, member: Member) -> Part:
    return {
        "warnings": [(each, may_withdraw(actor, each)) for each in lists.warnings_of(member)],
        "points": lists.points_of(member),
        "may_warn": bool(giving.may_warn(actor, member)),
    }


def may_withdraw(actor: Member, warning: Any) -> bool:
    """Whether a moderator may withdraw a warning that is not withdrawn."""
    return warning.withdrawn_at is None and bool(giving.may_warn(actor, warning.member, warning.about_post))


def _reports(actor: Member, member: Member) -> Part:
    items = _cases(actor, member, ReviewKind.REPORT)
    kinds = {kind.value: translate(words) for kind, words in KINDS.items()}
    return {"items": items, "reasons": report_counts(items), "kinds": kinds}


def _signup(actor: Member, member: Member) -> Part | None:
    may = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    return vars(signup_section(actor, member)) if may else None


def _held(actor: Member, member: Member) -> Part:
    return {"items": _cases(actor, member, ReviewKind.HELD_POST)}


def _cases(actor: Member, member: Member, kind: ReviewKind) -> list[ReviewItem]:
    theirs = reviews.reviewable(actor).where(ReviewItem.member_id == member.id, ReviewItem.kind == kind.value)
    return list(session.scalars(with_names(theirs).order_by(ReviewItem.id.desc()).limit(MAX_ROWS)))


def _sanctions(actor: Member, member: Member) -> Part:
    theirs = select(Sanction).where(Sanction.member_id == member.id).options(with_member_name(Sanction.by))
    rows = session.scalars(theirs.order_by(Sanction.id.desc()).limit(MAX_SANCTIONS))
    return {"rows": [(row, _place_of(actor, row)) for row in rows]}


def _log(actor: Member, member: Member) -> Part | None:
    if not permissions.may_see_log(actor):
        return None
    query = LogQuery(actions=readable_actions(actor), targets=(f"member:{member.id}",))
    return {"lines": lines_of(actor, newest_entries(query, before=None, most=MAX_ROWS))}


SECTIONS: tuple[Section, ...] = (
    Section("state", say("Now"), _state),
    Section("notes", say("Notes among moderators"), _notes),
    Section("warnings", say("Warnings"), _warnings),
    Section("reports", say("Reports about them"), _reports),
    Section("signup", say("Registration"), _signup),
    Section("held", say("Posts that waited for approval"), _held),
    Section("sanctions", say("Bans and mutes so far"), _sanctions),
    Section("log", say("Log"), _log),
)
ACTS: tuple[Act, ...] = (
    Act("warn", say("Warn"), giving.may_warn),
    Act("hold", say("Let posts wait"), holds.may_hold),
    Act("mute", say("Mute"), sanctions.may_mute_somewhere),
    Act("ban", say("Ban"), sanctions.may_ban),
    Act("clean", say("Clean up …"), may_clean),
    Act("addresses", say("Addresses"), lambda actor, _: permissions.may_use_right(actor, Right.SEE_ADDRESSES)),
)


def sections_for(actor: Member, member: Member) -> list[tuple[Section, Part]]:
    """The sections that a moderator may see, each with what its template shows."""
    loaded = [(section, section.load(actor, member)) for section in SECTIONS]
    return [(section, part) for section, part in loaded if part is not None]


def acts_for(actor: Member, member: Member) -> Sequence[Act]:
    """What a moderator may do with a member."""
    return [act for act in ACTS if act.may(actor, member)]


def may_manage(actor: Member) -> bool:
    """Whether the page of administration about a member is open to a moderator."""
    return bool(permissions.may_use_right(actor, Right.MANAGE_MEMBERS))
