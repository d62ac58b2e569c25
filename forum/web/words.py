"""What every template can use: who is asking, what they may do, and how numbers and times are written."""

import secrets
from datetime import datetime
from typing import Any

from flask import Flask, request
from flask_babel import format_date, format_datetime, format_decimal, format_timedelta, get_locale

from forum import identity, permissions
from forum.base import clock
from forum.doorway import absolute
from forum.site.queries import snapshot
from forum.web import assets, avatars


def teach(app: Flask) -> None:
    """Give the templates their filters and globals."""
    app.jinja_env.filters.update(number=number, signed=signed, iso=iso, date=date, ago=ago, moment=moment)
    app.jinja_env.globals.update(
        asset=assets.address_of,
        avatar_letter=avatars.letter,
        avatar_hue=avatars.hue,
        avatar_address=avatars.address_of,
        absolute=absolute,
        csrf_token=identity.csrf_token,
        may=permissions,
        submit_key=lambda: secrets.token_urlsafe(12),
        language=lambda: str(get_locale()).replace("_", "-"),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_present)


def _present() -> dict[str, Any]:
    site = snapshot()
    return {"visitor": identity.visitor(), "site": site, "title_of": site.title_of, "here": request.path}


def number(value: int) -> str:
    """A number as people of this language write it."""
    return str(format_decimal(value))


def signed(value: int) -> str:
    """A number with its sign: +7,740, −9, 0."""
    return f"+{format_decimal(value)}" if value > 0 else f"−{format_decimal(-value)}" if value < 0 else "0"


def iso(value: datetime) -> str:
    """A moment for programs, to the second."""
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def date(value: datetime) -> str:
    """A day, e.g. May 12, 2010."""
    return str(format_date(value, "medium", rebase=False))


def moment(value: datetime) -> str:
    """A day and a time of day in UTC."""
    return str(format_datetime(value, "medium", rebase=False))


def ago(value: datetime) -> str:
    """How long ago, within a week; the day otherwise."""
    past = clock.now() - value
    return format_timedelta(-past, add_direction=True, granularity="minute") if past.days < 7 else date(value)
