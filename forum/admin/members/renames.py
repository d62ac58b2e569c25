"""Give a member another name; the old one stays theirs for a year."""

from sqlalchemy.exc import IntegrityError

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.members.member_actions import authorize_account
from forum.admin.rules import Administrator
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid
from forum.infra.text.messages import comparison_key, say
from forum.members import account_mail, names
from forum.members.rules import clean_name, username_key
from forum.models import Member, Role
from forum.site import actions as site


def rename(actor: Administrator, member: Member, username: str, *, seen: str | None = None) -> None:
    """Change a member's name, by the rules of registration, and tell them by mail.

    `seen` is the fingerprint of the name that the admin saw. Raises Invalid or Conflict, also for a closed account.
    """
    admin = authorize_account(actor, member)
    session.refresh(member, with_for_update=True)
    if member.closed_at is not None:
        raise Conflict(say("This account was deleted."))
    was, name = member.username, clean_name(username)
    require_unchanged({"username": was}, {"username": name}, seen=seen)
    if name == was:
        return
    faults = names.faults_of_new_name(name, is_staff=member.role != Role.MEMBER, of=member)
    if faults:
        raise Invalid({"username": faults})
    _store(member, name)
    names.keep_old_name(member, was)
    change = Change({"username": was}, {"username": name})
    record("rename-member", actor=admin, target=f"member:{member.id}", change=change, was=was, now=name)
    site.bump_version()  # any page may show the name
    if member.email:
        account_mail.tell_of_new_name(member.email, was=was, now=name)


def _store(member: Member, name: str) -> None:
    try:
        with session.begin_nested():
            member.username, member.username_key = name, username_key(name)
            member.plain_name = comparison_key(name)[:120]
    except IntegrityError as error:
        raise Invalid({"username": [names.NAME_IS_TAKEN]}) from error
