"""What an operator tunes while the forum runs."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.db import Model

REMOVAL_VERSION_NAME = "removals"  # the row with a number that moves when a thread is taken away


class SiteSetting(Model):
    """A name and a JSON value; the row "version" is a number that moves with every change of what an operator tunes."""

    __tablename__ = "site_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[object] = mapped_column(JSON)
