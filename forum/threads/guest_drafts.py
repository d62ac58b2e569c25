"""What guests write before they log in or register: kept for a day, and then their draft. Nobody else ever sees it."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session, start_writing
from forum.infra.ephemeral.rate_limits import address_key, hit
from forum.infra.errors import Forbidden, Invalid, TooSoon, Unavailable
from forum.infra.text.messages import say
from forum.members.credentials.secret import digest, new_secret
from forum.models import Board, GuestDraft, Member, Role, Thread
from forum.site.access import AccessScope
from forum.site.group_membership import BUILT_IN_GROUPS
from forum.site.queries import snapshot
from forum.threads import drafts
from forum.threads.rules import checked_body, checked_title
from forum.verdicts import MUST_LOG_IN, YES, Verdict

LIFETIME = timedelta(days=1)
BODY_MAX = 6000  # characters, which fit into the largest body of a guest however they are encoded
MAX_ROWS = 1000  # of all guests together: 25 MB at most
TEXTS_A_DAY = 20  # from one IP address
DAY_SECONDS = 86_400
MEMBERS = BUILT_IN_GROUPS[Role.MEMBER]
LOCKED = Verdict(Forbidden(say("You cannot reply to a locked thread.")))


def may_start_first(board: Board) -> Verdict:
    """Whether a guest may write a thread in a board that they see, to be posted once they have logged in."""
    may_start = _accepts_texts(board.id) and not board.is_category and board.id in _scope_of_members().start
    return YES if may_start else MUST_LOG_IN


def may_reply_first(thread: Thread) -> Verdict:
    """Whether a guest may write a reply to a thread that they see, to be posted once they have logged in."""
    if not _accepts_texts(thread.board_id) or thread.board_id not in _scope_of_members().reply:
        return MUST_LOG_IN
    return LOCKED if thread.is_locked else YES


def _accepts_texts(board_id: int) -> bool:
    site = snapshot()
    node = site.tree.get(board_id)
    is_open = node is not None and not node.is_closed and not node.is_being_deleted
    return site.lets_guests_write_first and is_open


def _scope_of_members() -> AccessScope:
    return snapshot().access.scope_of(MEMBERS)


def keep(place: str, *, title: str | None, body: str, token: str) -> str:
    """Keep a guest's text for a place, in place of an earlier one; returns the token for the browser's cookie.

    `token` is that of the cookie it has, or empty. Without a title it is a reply.
    Raises Invalid, TooSoon, or Unavailable if too many texts are kept already.
    """
    clean_title, clean_body = checked_title(title) if title is not None else "", checked_body(body)
    if (length := len(clean_body)) > BODY_MAX:
        words = say("Use at most %(most)d characters before you log in (you have %(num)d).", most=BODY_MAX, num=length)
        raise Invalid({"body": [words]})
    _spend()
    start_writing()
    forget_expired()
    token = token if are_kept(token) else new_secret()
    is_full = (session.scalar(select(func.count()).select_from(GuestDraft)) or 0) >= MAX_ROWS
    if is_full and find(token, place) is None:
        raise Unavailable(say("Too many texts of guests are kept at present. Log in or register first."))
    typed = {"title": clean_title, "body": clean_body, "created_at": clock.now()}
    statement = insert_into(GuestDraft).values(token_hash=digest(token), place=place, **typed)
    session.execute(statement.on_conflict_do_update(index_elements=["token_hash", "place"], set_=typed))
    return token


def _spend() -> None:
    here = address_key(client_address().address)
    wait = hit(f"guest-text:{here}", limit=TEXTS_A_DAY, seconds=DAY_SECONDS)
    if wait:
        words = say("Too many texts have been sent from your address today. Log in or register first.")
        raise TooSoon(words, retry_after=wait)


def find(token: str, place: str) -> GuestDraft | None:
    """The text that a browser's token is for, if it has not expired."""
    row = session.get(GuestDraft, (digest(token), place)) if token else None
    return row if row is not None and row.created_at > _oldest() else None


def discard(token: str, place: str) -> None:
    """Forget a guest's text for a place."""
    start_writing()
    session.execute(delete(GuestDraft).where(GuestDraft.token_hash == digest(token), GuestDraft.place == place))


def are_kept(token: str) -> bool:
    """Whether any text is kept for a browser's token."""
    return bool(_kept(token))


def adopt(actor: Member, token: str) -> str:
    """Make what was kept for a browser the drafts of the member who has logged in there.

    Returns the place of the newest; empty if there is none. A draft that the member had stays before it.
    """
    kept = _kept(token)
    for row in kept:
        earlier = drafts.find(actor, row.place)
        before = earlier.body.rstrip() if earlier else ""
        body = before if row.body in before else f"{before}\n\n{row.body}" if before else row.body
        drafts.save(actor, place=row.place, title=row.title or (earlier.title if earlier else ""), body=body)
        session.delete(row)
    session.flush()
    return kept[-1].place if kept else ""


def _kept(token: str) -> list[GuestDraft]:
    if not token:
        return []
    rows = select(GuestDraft).where(GuestDraft.token_hash == digest(token), GuestDraft.created_at > _oldest())
    return list(session.scalars(rows.order_by(GuestDraft.created_at)))


def _oldest() -> datetime:
    return clock.now() - LIFETIME


def forget_expired() -> None:
    """Delete texts that were kept for LIFETIME; also run by a job."""
    session.execute(delete(GuestDraft).where(GuestDraft.created_at <= _oldest()))
