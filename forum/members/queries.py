"""Read queries for members."""

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import Select, select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.text.messages import say
from forum.members.account_mail import mail_is_set_up
from forum.members.rules import email_key, username_key
from forum.models import Member, OldName, Role
from forum.models.members.member import is_public

MAX_ADMINS_SHOWN = 5


def is_waiting(member: Member) -> bool:
    """Whether an account still has to be confirmed by e-mail."""
    is_unconfirmed = member.joined_at is None and member.awaits_approval_at is None
    return mail_is_set_up() and member.password_hash is not None and is_unconfirmed


def waiting_members() -> list[Member]:
    """All unconfirmed accounts, with valid or expired confirmation links."""
    unconfirmed = (Member.joined_at.is_(None), Member.awaits_approval_at.is_(None))
    return list(session.scalars(select(Member).where(Member.password_hash.is_not(None), *unconfirmed)))


def find_member(member_id: int) -> Member:
    """The member with an id. Raises NotFound."""
    member = session.scalars(select(Member).where(Member.id == member_id, is_public())).one_or_none()
    if member is None:
        is_closed = session.scalar(select(Member.id).where(Member.id == member_id, Member.closed_at.is_not(None)))
        raise NotFound(say("This account was deleted.") if is_closed else None)
    return member


def member_by_name(name: str) -> Member | None:
    """The member with a name, or with one that looks the same; else the one who had it within the last year."""
    key = username_key(name)
    found = session.scalars(select(Member).where(Member.username_key == key, is_public())).one_or_none()
    return found or cast("Member | None", session.scalars(_by_old_name([key]).where(is_public())).one_or_none())


def _by_old_name(keys: Iterable[str]) -> Select[Any]:
    """The members who had one of the names within the last year."""
    is_kept = OldName.until > clock.now()
    return select(Member).join(OldName, OldName.member_id == Member.id).where(OldName.name_key.in_(keys), is_kept)


def old_names_of(member: Member) -> list[OldName]:
    """The former names that a member still has, newest first."""
    kept = select(OldName).where(OldName.member_id == member.id, OldName.until > clock.now())
    return list(session.scalars(kept.order_by(OldName.until.desc(), OldName.id.desc())))


def member_by_login(login: str) -> Member | None:
    """The account with a name, also a former one, or an e-mail address."""
    if "@" in login:
        return session.scalars(select(Member).where(Member.email_key == email_key(login))).one_or_none()
    key = username_key(login)
    found = session.scalars(select(Member).where(Member.username_key == key)).one_or_none()
    return found or cast("Member | None", session.scalars(_by_old_name([key])).one_or_none())


def paths_of_names(names: Iterable[str]) -> dict[str, str]:
    """The profile paths of members by the names as typed, also former ones; unknown names are left out."""
    keys = {name: username_key(name) for name in names}
    if not keys:
        return {}
    rows = session.scalars(select(Member).where(Member.username_key.in_(set(keys.values())), is_public()))
    known = {member.username_key: member.path for member in rows}
    if len(known) < len(set(keys.values())):
        known |= _paths_of_old_names(set(keys.values()) - known.keys())
    return {name: known[key] for name, key in keys.items() if key in known}


def _paths_of_old_names(keys: set[str]) -> dict[str, str]:
    rows = session.execute(_by_old_name(keys).where(is_public()).add_columns(OldName.name_key))
    return {key: member.path for member, key in rows}


def staff() -> list[Member]:
    """Moderators and admins who are neither banned nor gone, admins first; 50 at most."""
    ours = select(Member).where(Member.role != Role.MEMBER, ~Member.is_banned, Member.closed_at.is_(None))
    return list(session.scalars(ours.order_by(Member.role, Member.username_key).limit(50)))


def names_of_staff() -> list[str]:
    """The names of moderators and admins, which others may not imitate."""
    return list(session.scalars(select(Member.username).where(Member.role != Role.MEMBER, Member.closed_at.is_(None))))


def admins() -> list[Member]:
    """Admins who can be asked for help, longest-standing first; MAX_ADMINS_SHOWN at most."""
    statement = select(Member).where(Member.role == Role.ADMIN, ~Member.is_banned, Member.closed_at.is_(None))
    statement = statement.where(Member.password_hash.is_not(None), Member.joined_at.is_not(None))
    return list(session.scalars(statement.order_by(Member.id).limit(MAX_ADMINS_SHOWN)))


def has_admin() -> bool:
    """Whether the forum has an admin whose account is open."""
    admin = select(Member.id).where(Member.role == Role.ADMIN, Member.closed_at.is_(None))
    return session.scalar(admin.limit(1)) is not None


def is_last_admin(member: Member) -> bool:
    """Whether the forum has no other admin who is neither banned nor gone."""
    others = select(Member.id).where(Member.role == Role.ADMIN, Member.id != member.id, Member.closed_at.is_(None))
    return session.scalar(others.where(~Member.is_banned).limit(1)) is None
