"""Bringing back what a sanction had replaced, once it is lifted as wrong; logged, and can be undone."""

from forum.audit_log import Change, record
from forum.decisions import earlier
from forum.members.sanctions import forget_sanctions, kept, told_to_log
from forum.models import Member, Sanction, SanctionKind, Thread
from forum.site.mutes import board_of

ACTIONS = {SanctionKind.BAN: "ban", SanctionKind.HOLD: "hold-member", SanctionKind.MUTE: "mute"}


def bring_back(actor: Member, member: Member, lifted: Sanction, thread: Thread | None = None) -> None:
    """Let the sanction count again that a lifted one had replaced, if there was one and its time is not over.

    `thread` is the one from which the member was banned.
    """
    before = earlier.replaced_by(lifted)
    if before is None:
        return
    earlier.resume(before)
    forget_sanctions(member)
    kind = SanctionKind(before.kind)
    name, place = ("mute", _place(before, thread)) if kind is SanctionKind.MUTE else (kind.value, {})
    # what the change names: the board or the thread; the entry of a thread has its board too
    where = {"thread": thread.id} if thread else place
    change = Change(where | {name: None}, where | {name: kept(before)})
    told = place | told_to_log(before.reason, before.until)
    action = "ban-from-thread" if thread else ACTIONS[kind]
    record(action, actor=actor, target=f"member:{member.id}", change=change, **told)


def _place(sanction: Sanction, thread: Thread | None) -> dict[str, int | None]:
    return {"board": thread.board_id, "thread": thread.id} if thread else {"board": board_of(sanction)}
