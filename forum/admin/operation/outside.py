"""Turn services of others on and off; their keys are stored, and never shown or logged."""

from dataclasses import dataclass

from sqlalchemy import func, select

from forum.admin.rules import Administrator, authorize
from forum.audit_log import record
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Invalid
from forum.infra.text.messages import one_line, say
from forum.models import OutsideCheck, OutsideService, Right
from forum.outside.checks import AKISMET, SERVICES
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
    return OutsideService(name=name, is_on=False, holds=False, secret="", failure="")


def change_service(actor: Administrator, name: str, *, is_on: bool, holds: bool, key: str, forgets_key: bool) -> None:
    """Change a service; an empty key leaves the stored one. Raises Invalid if the key is missing that it needs."""
    admin = authorize(actor, Right.MANAGE_SETTINGS)
    site.lock()
    row = session.get(OutsideService, name) or _blank(name)
    secret = "" if forgets_key else one_line(key) or row.secret
    if is_on and name == AKISMET and not secret:
        raise Invalid({"key": [say("Enter the key that the service has given you.")]})
    if is_on and name == AKISMET and not current_settings().base_url:
        raise Invalid({"is_on": [say("Akismet needs the forum’s address: set FORUM_BASE_URL.")]})
    session.add(row)
    has_new_key = secret != row.secret
    row.is_on, row.holds, row.secret = is_on, holds and name == AKISMET, secret
    row.failure, row.failed_at = "", None
    details = {"is_on": is_on, "holds": row.holds, "has_key": bool(secret), "has_new_key": has_new_key}
    record("change-service", actor=admin, target=f"service:{name}", **details)
    site.bump_version()
