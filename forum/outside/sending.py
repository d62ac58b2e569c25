"""Send what is due to services, and keep what they answer."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import delete, exists, select

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.models import OutsideCheck, OutsideService, SpamSample
from forum.outside import akismet, stopforumspam
from forum.outside.checks import AKISMET, CHECK, CORRECT_SPAM, IS_HAM, IS_SPAM, REPORT, STOPFORUMSPAM
from forum.outside.http_calls import Unavailable

MOST_AT_ONCE = 10
MOST_TRIES = 8
FIRST_PAUSE = timedelta(minutes=1)  # before the second try; each further one is twice as long
KEEP_FOR = timedelta(days=30)
GIVEN_UP, TAKEN_BACK, DONE = "given up", "taken back", "done"
Apply = Callable[[OutsideCheck], None]


def send_due(apply: Apply) -> None:
    """Send what is due, and let `apply` act on each answer in its transaction; for a job."""
    now = clock.now()
    due = select(OutsideCheck.id).where(OutsideCheck.done_at.is_(None), OutsideCheck.due_at <= now)
    ids = list(session.scalars(due.order_by(OutsideCheck.due_at).limit(MOST_AT_ONCE)))
    session.rollback()
    for check_id in ids:
        _send(check_id, apply)
    old = OutsideCheck.done_at < now - KEEP_FOR
    if session.scalar(select(OutsideCheck.id).where(old).limit(1)) is not None:
        session.rollback()
        with transaction():
            session.execute(delete(OutsideCheck).where(old), execution_options={"synchronize_session": False})
    session.rollback()


def _send(check_id: int, apply: Apply) -> None:
    row = session.get(OutsideCheck, check_id)
    service = session.get(OutsideService, row.service) if row is not None else None
    if row is None or row.done_at is not None:
        return
    is_valid = service is not None and service.is_on and _still_stands(row)
    kind, fields, key = f"{row.service} {row.kind}", dict(row.fields), service.secret if service else ""
    session.rollback()  # no transaction is open while a service is asked
    result, failure = TAKEN_BACK, ""
    if is_valid:
        try:
            result = _CALLS[kind](fields, key)
        except Unavailable as error:
            failure = str(error)
    with transaction():
        _store(check_id, result, failure, apply)


def _still_stands(row: OutsideCheck) -> bool:
    """Whether a decision that is to be reported was not taken back."""
    if row.kind == CHECK:
        return True
    is_spam = SpamSample.is_spam.is_(row.kind in {REPORT, CORRECT_SPAM})
    return bool(session.scalar(select(exists().where(SpamSample.post_id == row.post_id, is_spam))))


def _store(check_id: int, result: str, failure: str, apply: Apply) -> None:
    locked = select(OutsideCheck).where(OutsideCheck.id == check_id, OutsideCheck.done_at.is_(None))
    row = session.scalars(locked.with_for_update()).one_or_none()
    if row is None:
        return  # another process has sent it as well
    service = session.get(OutsideService, row.service)
    if service is not None and (failure or service.failure):
        service.failure, service.failed_at = failure[:200], clock.now() if failure else None
    row.tries += 1
    if failure and row.tries < MOST_TRIES:
        row.due_at = clock.now() + FIRST_PAUSE * 2 ** (row.tries - 1)
        return
    row.done_at, row.result = clock.now(), GIVEN_UP if failure else result
    session.flush()
    apply(row)


def _ask_stopforumspam(fields: Mapping[str, str], _: str) -> str:
    asked = stopforumspam.question(email=fields["email"], ip=fields["ip"])
    listing = stopforumspam.ask(asked, now=clock.now())
    return f"sfs-{listing.by}:{listing.frequency}, {listing.last_seen}" if listing else "clear"


def _report_spammer(fields: Mapping[str, str], key: str) -> str:
    if not key:
        return "no key"
    stopforumspam.report(fields, key=key)
    return DONE


def _ask_akismet(fields: Mapping[str, str], key: str) -> str:
    return IS_SPAM if akismet.is_spam(fields, key=key) else IS_HAM


def _correct(*, is_spam: bool) -> Callable[[Mapping[str, str], str], str]:
    def call(fields: Mapping[str, str], key: str) -> str:
        akismet.correct(fields, key=key, is_spam=is_spam)
        return DONE

    return call


_CALLS: Mapping[str, Callable[[Mapping[str, str], str], str]] = {
    f"{STOPFORUMSPAM} {CHECK}": _ask_stopforumspam,
    f"{STOPFORUMSPAM} {REPORT}": _report_spammer,
    f"{AKISMET} {CHECK}": _ask_akismet,
    f"{AKISMET} {CORRECT_SPAM}": _correct(is_spam=True),
    f"{AKISMET} submit-ham": _correct(is_spam=False),
}
