"""Choose what to watch and to mute."""

from sqlalchemy import func, literal_column, select, update

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.models import TELLING, Board, BoardWatch, Member, Thread, ThreadWatch, ToldOf, WatchLevel
from forum.watching.digests import IN_DIGESTS, plan_digest
from forum.watching.queries import MAX_MUTED_THREADS, default_level

_PLAIN = {"synchronize_session": False}


def choose_for_thread(actor: Member, thread: Thread, level: WatchLevel) -> None:
    """Watch a thread, mute it, or stop either; that nothing is chosen any more counts too when they write in it."""
    permissions.require(permissions.may_see_thread(actor, thread))
    if level == WatchLevel.MUTED:
        _require_few_muted(actor, thread)
    statement = insert_into(ThreadWatch).values(
        member_id=actor.id, thread_id=thread.id, level=level.value, changed_at=clock.now()
    )
    changed = {name: statement.excluded[name] for name in ("level", "changed_at")} | {"level_before": ""}
    session.execute(statement.on_conflict_do_update(index_elements=["member_id", "thread_id"], set_=changed))
    _read_again(actor)
    if level in IN_DIGESTS:
        plan_digest(actor.id, starts=True)


def _require_few_muted(actor: Member, thread: Thread) -> None:
    muted = (ThreadWatch.member_id == actor.id, ThreadWatch.is_muted())
    others = select(func.count()).where(*muted, ThreadWatch.thread_id != thread.id)
    if (session.scalar(others) or 0) >= MAX_MUTED_THREADS:
        words = "You have muted %(num)d threads, which is as many as can be. Unmute some first, or mute their board."
        raise Conflict(say(words, num=MAX_MUTED_THREADS))


def choose_for_board(actor: Member, board: Board, level: WatchLevel, *, told_of: ToldOf = ToldOf.THREADS) -> None:
    """Watch a board with those below it, mute it, or stop either."""
    permissions.require(permissions.may_see_board(actor, board))
    statement = insert_into(BoardWatch).values(
        member_id=actor.id, board_id=board.id, level=level.value, told_of=told_of.value, changed_at=clock.now()
    )
    changed = {name: statement.excluded[name] for name in ("level", "told_of", "changed_at")} | {"level_before": ""}
    session.execute(statement.on_conflict_do_update(index_elements=["member_id", "board_id"], set_=changed))
    _read_again(actor)
    if level in IN_DIGESTS:
        plan_digest(actor.id, starts=True)


def watch_by_default(actor: Member, thread: Thread, *, started: bool = False) -> None:
    """Watch a thread in which a member writes, by their default, unless they have chosen something for it."""
    level = default_level(actor, started=started)
    if level not in TELLING:
        return
    statement = insert_into(ThreadWatch).values(
        member_id=actor.id, thread_id=thread.id, level=level, changed_at=clock.now()
    )
    session.execute(statement.on_conflict_do_nothing())
    if level in IN_DIGESTS:
        plan_digest(actor.id)


def choose_defaults(actor: Member, *, started: str, answered: str) -> None:
    """Choose what is watched of what one writes in; empty for what the operator has chosen."""
    actor.watch_started, actor.watch_answered = started, answered
    session.flush()


def stop_all(actor: Member) -> int:
    """Stop watching all threads and boards; what is muted stays so. Returns how many; twice is the same as once."""
    stopped = 0
    for model in (ThreadWatch, BoardWatch):
        theirs = (model.member_id == actor.id, model.level.in_(TELLING))
        count = session.scalar(select(func.count()).where(*theirs)) or 0
        if count:
            _forget_before(actor, model)
            values = {"level_before": model.level, "level": WatchLevel.OFF.value}
            session.execute(update(model).where(*theirs).values(values), execution_options=_PLAIN)
            stopped += count
    _read_again(actor)
    return stopped


def start_again(actor: Member) -> int:
    """Undo `stop_all` where nothing else was chosen since; returns how many are watched again."""
    started = 0
    for model in (ThreadWatch, BoardWatch):
        stopped = (model.member_id == actor.id, model.level_before != literal_column("''"))
        started += session.scalar(select(func.count()).where(*stopped)) or 0
        values = {"level": model.level_before, "level_before": ""}
        session.execute(update(model).where(*stopped).values(values), execution_options=_PLAIN)
    _read_again(actor)
    if started:
        plan_digest(actor.id)
    return started


def _forget_before(actor: Member, model: type[ThreadWatch] | type[BoardWatch]) -> None:
    earlier = update(model).where(model.member_id == actor.id, model.level_before != literal_column("''"))
    session.execute(earlier.values(level_before=""), execution_options=_PLAIN)


def _read_again(actor: Member) -> None:
    actor.watches = None
    session.expire(actor, ["has_watches"])
