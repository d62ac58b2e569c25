"""Globals and filters of all templates: the visitor, permissions, translation, and number and time formats."""

import datetime as dt
import secrets
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from babel import dates, numbers
from flask import Flask, request
from flask.templating import Environment
from flask_babel import force_locale, format_datetime, get_locale, get_translations
from markupsafe import Markup

from forum import interfaces, permissions
from forum.auth import identity
from forum.infra import clock
from forum.interfaces import absolute_url
from forum.site.group_membership import banner_of
from forum.site.queries import snapshot
from forum.web import assets, avatars, toasts


def register(app: Flask) -> None:
    """Register the template filters, globals and context processor."""
    app.jinja_env.filters.update(
        number=number, signed=signed, iso=iso, date=date, ago=ago, moment=moment, local_moment=local_moment
    )
    app.jinja_env.globals.update(
        asset=assets.address_of,
        avatar_letter=avatars.letter,
        avatar_hue=avatars.hue,
        avatar_address=avatars.avatar_url,
        absolute=absolute_url,
        csrf_token=identity.csrf_token,
        may=permissions,
        banner_of=banner_of,
        toast=toasts.toast,
        translated=interfaces.translate,
        submit_key=lambda: secrets.token_urlsafe(12),
        language=lambda: str(get_locale()).replace("_", "-"),
    )
    app.jinja_env.globals.update({"_": translate, "gettext": translate, "ngettext": translate_many})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_context)


class SharedGlobals(Environment):
    """A template environment whose templates share one dict of globals.

    Jinja's own copy-on-write mapping for each template made an import of macros cost 50 microseconds.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template: the environment's, unless it is loaded with some of its own."""
        return super().make_globals(d) if d else self.globals


def _context() -> dict[str, Any]:
    site = snapshot()
    return {"visitor": identity.visitor(), "site": site, "title_of": site.title_of, "here": quote(request.path)}


def translate(message: str, /, **values: object) -> Markup:
    """Translate `_("…")` of a template into the site's language, with escaped values inserted."""
    translated = _translated(snapshot().language, message)
    return translated % values if values or "%" in translated else translated


@lru_cache(maxsize=2000)
def _translated(language: str, message: str) -> Markup:
    """Cached translation: a page has about a hundred, and catalogue lookups were a fifth of its cost."""
    with force_locale(language):
        return Markup(get_translations().ugettext(message))  # noqa: S704 - our own words


def translate_many(singular: str, plural: str, count: int, /, **values: object) -> Markup:
    """Translate `ngettext("…", "…", n)` of a template; the text refers to the number as `num`."""
    translated = Markup(get_translations().ungettext(singular, plural, count))  # noqa: S704 - our own words
    return translated % ({"num": count} | values)


def number(value: int) -> str:
    """A number in the format of the site's language."""
    return _number(snapshot().language, value)


@lru_cache(maxsize=4000)
def _number(language: str, value: int) -> str:
    return str(numbers.format_decimal(value, locale=language))


def signed(value: int) -> str:
    """A number with its sign: +7,740, −9, 0."""
    return f"+{number(value)}" if value > 0 else f"−{number(-value)}" if value < 0 else "0"


def iso(value: datetime) -> str:
    """A timestamp in ISO 8601, to the second."""
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def date(value: datetime) -> str:
    """A date in the forum's time zone, e.g. May 12, 2010."""
    site = snapshot()
    return _date(site.language, site.day_of(value))


def written_day(value: dt.date) -> str:
    """A day of the forum's calendar, as `date` writes it."""
    return _date(snapshot().language, value)


@lru_cache(maxsize=4000)
def _date(language: str, day: dt.date) -> str:
    return str(dates.format_date(day, "medium", locale=language))


def moment(value: datetime) -> str:
    """A date and time in UTC."""
    return str(format_datetime(value, "medium", rebase=False))


def local_moment(value: datetime) -> str:
    """A date and time in the forum's time zone, with its name."""
    site = snapshot()
    local = value.astimezone(site.zone)
    time = dates.format_time(local, "short", locale=site.language)
    return f"{_date(site.language, local.date())}, {time} {local.tzname()}"


def ago(value: datetime) -> str:
    """How long ago, within the last week; the date otherwise."""
    past = clock.now() - value
    if past.days >= 7:
        return date(value)
    minutes = round(past.total_seconds() / 60)
    return _ago(snapshot().language, minutes) if minutes > 0 else translate("just now")


@lru_cache(maxsize=4000)
def _ago(language: str, minutes: int) -> str:
    past = timedelta(minutes=-minutes)
    return str(dates.format_timedelta(past, add_direction=True, granularity="minute", locale=language))
