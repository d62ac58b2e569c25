"""Visitors for presence tests."""

from itertools import count

from forum.infra.database.db import session, transaction
from forum.models import Member
from forum.presence.visitor_key import VisitorKey

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_number = count(1)


def a_guest(address: str = "", agent: str = FIREFOX) -> VisitorKey:
    """A guest with a unique address."""
    number = next(_number)
    return VisitorKey(address or f"198.51.{number // 250}.{number % 250 + 1}", agent)


def a_caller(name: str, *, hidden: bool = False) -> VisitorKey:
    """A logged-in member."""
    return logged_in(a_guest(), a_person(name, hidden=hidden))


def a_person(name: str, *, hidden: bool = False) -> Member:
    """A member's row, committed."""
    with transaction():
        member = Member(username=name, username_key=name, is_hidden=hidden)
        session.add(member)
    session.refresh(member)
    session.expunge(member)
    session.rollback()
    return member


def logged_in(guest: VisitorKey, member: Member) -> VisitorKey:
    """The same browser, logged in as a member."""
    return VisitorKey(guest.address, guest.agent, member)
