"""Settings that admins change while the forum runs."""

from enum import StrEnum

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class RegistrationMode(StrEnum):
    """Who may register."""

    OPEN = "open"  # everybody
    APPROVAL = "approval"  # everybody, and a moderator approves each account
    INVITATION = "invitation"  # those who are invited
    CLOSED = "closed"  # nobody


OPEN_TO_ALL = frozenset({RegistrationMode.OPEN, RegistrationMode.APPROVAL})
REMOVAL_VERSION_NAME = "removals"  # the row with a number that increases when a thread is removed


class SiteSetting(Model):
    """A name and a JSON value; the row "version" holds a number that changes with every change made by an admin."""

    __tablename__ = "site_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[object] = mapped_column(JSON)
