"""What every template can use: who is asking, what they may do, and how numbers and times are written."""

import datetime as dt
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from babel import dates, numbers
from flask import Flask, request
from flask_babel import force_locale, format_datetime, get_locale, get_translations
from jinja2 import Template
from jinja2.runtime import Context
from markupsafe import Markup

from forum import permissions
from forum.auth import identity
from forum.infra import clock
from forum.interfaces import absolute_url
from forum.site.queries import snapshot
from forum.web import assets, avatars, toasts


def register(app: Flask) -> None:
    """Give the templates their filters and globals."""
    app.jinja_env.filters.update(number=number, signed=signed, iso=iso, date=date, ago=ago, moment=moment)
    app.jinja_env.globals.update(
        asset=assets.address_of,
        avatar_letter=avatars.letter,
        avatar_hue=avatars.hue,
        avatar_address=avatars.address_of,
        absolute=absolute_url,
        csrf_token=identity.csrf_token,
        may=permissions,
        toast=toasts.toast,
        submit_key=lambda: secrets.token_urlsafe(12),
        language=lambda: str(get_locale()).replace("_", "-"),
    )
    app.jinja_env.globals.update({"_": translate, "gettext": translate, "ngettext": translate_many})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.template_class = _Page
    app.context_processor(_present)


class _Page(Template):
    """A template whose macros, when others import them, know the environment's globals only: one module for all."""

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        return super()._get_default_module()


def _present() -> dict[str, Any]:
    site = snapshot()
    return {"visitor": identity.visitor(), "site": site, "title_of": site.title_of, "here": quote(request.path)}


def translate(message: str, /, **values: object) -> Markup:
    """What `_("…")` gives in a template: the words in the site's language, with values escaped and put in."""
    said = _said(snapshot().language, message)
    return said % values if values or "%" in said else said


@lru_cache(maxsize=2000)
def _said(language: str, message: str) -> Markup:
    """A page says some hundred sentences: to look each up in the catalogue again was a fifth of its cost."""
    with force_locale(language):
        return Markup(get_translations().ugettext(message))  # noqa: S704 - our own words


def translate_many(one: str, many: str, count: int, /, **values: object) -> Markup:
    """What `ngettext("…", "…", n)` gives in a template; the number is `num` in the words."""
    said = Markup(get_translations().ungettext(one, many, count))  # noqa: S704 - our own words
    return said % ({"num": count} | values)


def number(value: int) -> str:
    """A number as people of this language write it."""
    return _number(snapshot().language, value)


@lru_cache(maxsize=4000)
def _number(language: str, value: int) -> str:
    return str(numbers.format_decimal(value, locale=language))


def signed(value: int) -> str:
    """A number with its sign: +7,740, −9, 0."""
    return f"+{number(value)}" if value > 0 else f"−{number(-value)}" if value < 0 else "0"


def iso(value: datetime) -> str:
    """A moment for programs, to the second."""
    return value.isoformat(timespec="seconds").replace("+00:00", "Z")


def date(value: datetime) -> str:
    """A day, e.g. May 12, 2010."""
    return _date(snapshot().language, value.date())


@lru_cache(maxsize=4000)
def _date(language: str, day: dt.date) -> str:
    return str(dates.format_date(day, "medium", locale=language))


def moment(value: datetime) -> str:
    """A day and a time of day in UTC."""
    return str(format_datetime(value, "medium", rebase=False))


def ago(value: datetime) -> str:
    """How long ago, within a week; the day otherwise."""
    past = clock.now() - value
    if past.days >= 7:
        return date(value)
    minutes = round(past.total_seconds() / 60)
    return _ago(snapshot().language, minutes) if minutes > 0 else translate("just now")


@lru_cache(maxsize=4000)
def _ago(language: str, minutes: int) -> str:
    past = timedelta(minutes=-minutes)
    return str(dates.format_timedelta(past, add_direction=True, granularity="minute", locale=language))
