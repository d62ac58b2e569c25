"""Which services of others the forum asks, as the snapshot has them; their keys stay in the database."""

from typing import Any

from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import OutsideService


def load_services() -> dict[str, Any]:
    """The names of those that are turned on, whether posts wait for Akismet, and the public key of the CAPTCHA."""
    rows = session.scalars(select(OutsideService).where(OutsideService.is_on)).all()
    holds = any(row.name == "akismet" and row.holds for row in rows)
    captcha_key = next((row.site_key for row in rows if row.name == "turnstile"), "")
    return {"captcha_key": captcha_key, "outside_services": frozenset(row.name for row in rows), "akismet_holds": holds}
