"""Change the operator's runtime settings."""

from typing import cast

from forum.infra.database.db import session
from forum.models import SiteSetting
from forum.site import queries


def set_value(name: str, value: object) -> None:
    """Store a site setting, and bump the version so that every process reloads."""
    row = session.get(SiteSetting, name)
    if row is None:
        session.add(SiteSetting(name=name, value=value))
    else:
        row.value = value
    if name != "version":
        bump_version()


def bump_version() -> None:
    """Bump the version after boards, reaction kinds, titles, smilies or site settings changed."""
    row = session.get(SiteSetting, "version", with_for_update=True)
    set_value("version", int(cast("int", row.value)) + 1 if row else 1)
    session.flush()
    queries.invalidate()
