"""Login sessions: start, find by the cookie's token, keep alive, confirm, end."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, and_, bindparam, case, delete, inspect, not_, select, update
from sqlalchemy.orm import contains_eager

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.db import best_effort_write, current_settings, session
from forum.infra.errors import NotFound
from forum.infra.text.messages import one_line
from forum.members.credentials import pending_logins
from forum.members.credentials.secret import digest, signed_secret
from forum.models import Member, MemberSession, TwoFactor
from forum.site.queries import CURRENT_VERSION, follow_version

REMEMBERED_IDLE = timedelta(days=30)  # without use, after which a login ends that "Remember me" was ticked for
UNREMEMBERED_IDLE = timedelta(days=1)  # the same of others: their cookie goes with the browser, but may be stored
LIFETIME = timedelta(days=60)
FRESH = timedelta(hours=1)
TOUCH_EVERY = timedelta(minutes=5)

_TIME = MemberSession.last_used_at.type
_IDLE_LIMIT = case(
    (MemberSession.is_persistent, bindparam("remembered_after", type_=_TIME)),
    else_=bindparam("unremembered_after", type_=_TIME),
)
_IS_LIVING = and_(
    MemberSession.last_used_at > _IDLE_LIMIT, MemberSession.created_at > bindparam("made_after", type_=_TIME)
)
_LIVING = (
    select(MemberSession, *CURRENT_VERSION)
    .join(MemberSession.member)
    .options(contains_eager(MemberSession.member))
    .where(MemberSession.token_hash == bindparam("token_hash"), _IS_LIVING)
)

# what groups, rights and mutes follow from, as it is in the member's row
_OF_MEMBER = (
    *(Member.id, Member.role, Member.joined_groups, Member.is_muted, Member.ignored_ids, Member.joined_at),
    *(Member.awaits_approval_at, Member.accepted_terms_version, Member.two_factor_at, Member.message_count),
    *(Member.positive_reactions, Member.negative_reactions, Member.unseen_notifications),
)
_LOGIN_STATES = (
    select(MemberSession.token_hash, MemberSession.view_as, *_OF_MEMBER)
    .join(MemberSession.member)
    .where(MemberSession.token_hash.in_(bindparam("token_hashes", expanding=True)), _IS_LIVING)
    .where(~Member.is_banned, Member.closed_at.is_(None))
)


def start(member: Member, *, persistent: bool) -> str:
    """Start a login for the current browser; return the token for its cookie."""
    token, now = signed_secret(current_settings().secret_key), clock.now()
    member.last_seen_at = now
    session.add(
        MemberSession(
            token_hash=digest(token),
            member_id=member.id,
            created_at=now,
            last_used_at=now,
            confirmed_at=now,
            address=client_address().stored,
            agent=one_line(client_address().agent)[:200],
            is_persistent=persistent,
        )
    )
    session.flush()
    return token


def find(token: str) -> MemberSession | None:
    """The login of a token, with its member; None if it is unknown or expired, or its member is banned or gone."""
    return find_by_hash(digest(token))


def find_by_hash(token_hash: str) -> MemberSession | None:
    """The same by the hash of the token, for pages that stay open."""
    found = session.execute(_LIVING, {"token_hash": token_hash, **_limits()}).one_or_none()
    if found is None or found[0].member.is_banned or found[0].member.closed_at:
        return None
    follow_version(*found[1:])  # so that changed access lists and removed threads count from the next request on
    return cast("MemberSession", found[0])


class LoginState(NamedTuple):
    """What the rights of a logged-in member depend on, and how many notifications they have not seen."""

    member: tuple[Any, ...]
    unseen: int

    def as_member(self) -> Member:
        """The member with what their rights depend on, and nothing else."""
        names = (column.key for column in _OF_MEMBER)
        return Member(**dict(zip(names, self.member, strict=False)), is_banned=False)


def login_states(token_hashes: Collection[str]) -> dict[str, LoginState]:
    """What logged-in members may do depends on, by the hashes of their tokens; one query for hundreds of open pages.

    Whose login has ended, who is banned or gone, and who views the forum as somebody else is not among them.
    """
    rows = session.execute(_LOGIN_STATES, {"token_hashes": list(token_hashes), **_limits()}) if token_hashes else ()
    return {row[0]: LoginState(tuple(row[2:-1]), row[-1]) for row in rows if row.view_as is None}


def _limits() -> dict[str, datetime]:
    """The values of _IS_LIVING."""
    now = clock.now()
    return {
        "remembered_after": now - REMEMBERED_IDLE,
        "unremembered_after": now - UNREMEMBERED_IDLE,
        "made_after": now - LIFETIME,
    }


def touch(row: MemberSession) -> None:
    """Record that a login is in use, at most every five minutes; best effort."""
    now = clock.now()
    if now - row.last_used_at < TOUCH_EVERY:
        return
    best_effort_write(
        update(MemberSession)
        .where(MemberSession.id == row.id)
        .values(last_used_at=now, address=client_address().stored),
        update(Member).where(Member.id == row.member_id).values(last_seen_at=now),
    )


def end(row: MemberSession) -> None:
    """End a login, unless it was ended before."""
    identity = inspect(row).identity
    if identity is not None:
        session.execute(delete(MemberSession).where(MemberSession.id == identity[0]))


def end_all(member: Member, *, but: MemberSession | None = None) -> int:
    """End all of a member's logins, except `but`; return their number.

    Logins that wait for a code end too, and a set-up of two-factor authentication, which somebody else may have begun.
    """
    pending_logins.void(member)
    if member.two_factor_at is None:
        session.execute(delete(TwoFactor).where(TwoFactor.member_id == member.id))
    statement = delete(MemberSession).where(MemberSession.member_id == member.id)
    if but is not None:
        statement = statement.where(MemberSession.id != but.id)
    return cast("CursorResult[object]", session.execute(statement)).rowcount


def of(member: Member) -> list[MemberSession]:
    """A member's valid logins, most recently used first."""
    theirs = select(MemberSession).where(MemberSession.member_id == member.id, _IS_LIVING)
    latest_first = theirs.order_by(MemberSession.last_used_at.desc(), MemberSession.id.desc())
    return list(session.scalars(latest_first, _limits()))


def find_own(member: Member, session_id: int) -> MemberSession:
    """One of a member's own logins. Raises NotFound for anybody else's."""
    row = session.scalars(select(MemberSession).filter_by(id=session_id, member_id=member.id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def confirm(row: MemberSession) -> None:
    """Record that the password was just confirmed."""
    session.execute(update(MemberSession).where(MemberSession.id == row.id).values(confirmed_at=clock.now()))


def view_as(row: MemberSession, groups: frozenset[int] | None) -> None:
    """Let an admin see in this browser what members of these groups see; None to end that."""
    chosen = ",".join(map(str, sorted(groups))) if groups else None
    session.execute(update(MemberSession).where(MemberSession.id == row.id).values(view_as=chosen))


def viewed_groups(row: MemberSession) -> frozenset[int]:
    """The ids of the groups given to view_as()."""
    return frozenset(int(group_id) for group_id in (row.view_as or "").split(",") if group_id)


def is_fresh(row: MemberSession) -> bool:
    """Whether the password was confirmed within the last hour."""
    return clock.now() - row.confirmed_at < FRESH


def forget_expired() -> int:
    """Delete expired logins and return their number; run by a job."""
    expired = delete(MemberSession).where(not_(_IS_LIVING))
    return cast("CursorResult[object]", session.execute(expired, _limits())).rowcount
