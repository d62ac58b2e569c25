"""Changing what an operator tunes."""

from typing import cast

from forum.infra.db import session
from forum.models import SiteSetting
from forum.site import queries


def set_value(name: str, value: object) -> None:
    """Store a value of the site under its name and let every process know."""
    row = session.get(SiteSetting, name)
    if row is None:
        session.add(SiteSetting(name=name, value=value))
    else:
        row.value = value
    if name != "version":
        bump_version()


def bump_version() -> None:
    """Move the version: boards, reaction kinds, titles, smilies or site values changed."""
    row = session.get(SiteSetting, "version", with_for_update=True)
    set_value("version", int(cast("int", row.value)) + 1 if row else 1)
    session.flush()
    queries.invalidate()
