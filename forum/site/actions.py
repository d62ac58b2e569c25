"""Change the operator's runtime settings."""

from collections.abc import Mapping
from typing import cast

from forum.infra.database.db import session
from forum.models import SiteSetting
from forum.site import queries


def lock() -> None:
    """Lock the settings until the transaction ends, so that admins' changes happen one after the other."""
    session.get(SiteSetting, "version", with_for_update=True)


def set_value(name: str, value: object) -> None:
    """Store a site setting, and bump the version so that every process reloads."""
    set_values({name: value})


def set_values(values: Mapping[str, object]) -> None:
    """Store site settings, and bump the version once if there are any."""
    for name, value in values.items():
        _store(name, value)
    if values:
        bump_version()


def bump_version() -> None:
    """Bump the version after boards, reaction kinds, titles, smilies or site settings changed."""
    row = session.get(SiteSetting, "version", with_for_update=True)
    _store("version", int(cast("int", row.value)) + 1 if row else 1)
    session.flush()
    queries.invalidate()


def _store(name: str, value: object) -> None:
    row = session.get(SiteSetting, name)
    if row is None:
        session.add(SiteSetting(name=name, value=value))
    else:
        row.value = value
