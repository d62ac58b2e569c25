"""Turn services of others on and off; their keys are stored, and never shown or logged."""

from dataclasses import dataclass

from sqlalchemy import func, select

from forum.admin.rules import Administrator, authorize
from forum.audit_log import record
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Invalid
from forum.infra.text.messages import one_line, say
from forum.models import OutsideCheck, OutsideService, Right
from forum.outside.checks import AKISMET, SERVICES, STOPFORUMSPAM, TURNSTILE
from forum.site import actions as site


@dataclass(frozen=True)
class ServiceState:
    """A service as admins see it."""

    name: str
    row: OutsideService
    waiting: int  # how much has not been sent yet

    @property
    def has_key(self) -> bool:
        """Whether a key is stored."""
        return bool(self.row.secret)


def states(actor: Administrator) -> list[ServiceState]:
    """All services with their settings."""
    authorize(actor, Right.MANAGE_SETTINGS)
    unsent = select(OutsideCheck.service, func.count()).where(OutsideCheck.done_at.is_(None))
    waiting = {row[0]: row[1] for row in session.execute(unsent.group_by(OutsideCheck.service))}
    rows = {row.name: row for row in session.scalars(select(OutsideService))}
    return [ServiceState(name, rows.get(name) or _blank(name), waiting.get(name, 0)) for name in SERVICES]


def _blank(name: str) -> OutsideService:
    return OutsideService(name=name, is_on=False, holds=False, secret="", site_key="", failure="")


@dataclass(frozen=True)
class ServiceChange:
    """What an admin enters about a service; an empty key leaves the stored one."""

    is_on: bool
    holds: bool = False
    key: str = ""
    forgets_key: bool = False
    site_key: str = ""


def change_service(actor: Administrator, name: str, change: ServiceChange) -> None:
    """Change a service. Raises Invalid if something is missing that it needs."""
    admin = authorize(actor, Right.MANAGE_SETTINGS)
    site.lock()
    row = session.get(OutsideService, name) or _blank(name)
    secret = "" if change.forgets_key else one_line(change.key) or row.secret
    if change.is_on:
        _require_complete(name, secret, one_line(change.site_key))
    session.add(row)
    has_new_key, is_on = secret != row.secret, change.is_on
    row.is_on, row.holds, row.secret = is_on, change.holds and name == AKISMET, secret
    row.site_key = one_line(change.site_key)
    row.failure, row.failed_at = "", None
    record(
        "change-service",
        actor=admin,
        target=f"service:{name}",
        is_on=is_on,
        holds=row.holds,
        has_key=bool(secret),
        has_new_key=has_new_key,
    )
    site.bump_version()


def _require_complete(name: str, secret: str, site_key: str) -> None:
    if name == TURNSTILE and not site_key:
        raise Invalid({"site_key": [say("Enter the key for the site that the service has given you.")]})
    if name != STOPFORUMSPAM and not secret:
        raise Invalid({"key": [say("Enter the key that the service has given you.")]})
    if name == AKISMET and not current_settings().base_url:
        raise Invalid({"is_on": [say("Akismet needs the forum’s address: set FORUM_BASE_URL.")]})
