"""The application factory, the commit per request, and the error handlers."""

import logging
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Rule

from forum import api, request_guards, web
from forum.auth import identity
from forum.form_request import FormRequest
from forum.infra import paths
from forum.infra.database import db, migrate
from forum.infra.database.outages import is_busy, is_outage
from forum.infra.database.sqlite import is_damage
from forum.infra.ephemeral import ephemeral_store
from forum.infra.ephemeral.outage_log import first_line
from forum.infra.errors import ForumError, NotFound, TooSoon, Unavailable
from forum.infra.settings import Settings, from_environment
from forum.infra.text.messages import say
from forum.interfaces import JsonProvider
from forum.middleware import compression
from forum.middleware.guest_cache.middleware import GuestCacheMiddleware
from forum.site.queries import pin_last_known, snapshot
from forum.web.merged_threads import answer_for_merged
from forum.web.template_globals import SharedGlobals

log = logging.getLogger("forum")
MAX_TRIES = 3
RETRIED_SQLSTATES = frozenset({"40P01", "40001"})  # deadlock detected, serialization failure


class IdConverter(IntegerConverter):
    """A URL integer that fits a 32-bit database column (at most 2**31 - 1); larger ones match no route."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"max": 2**31 - 1} | kwargs))


class UrlRule(Rule):
    """A URL rule that compiles what builds its addresses on first use: for all rules that took 0.1 s of a start."""

    def _compile_builder(self, *args: Any, **kwargs: Any) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(super()._compile_builder, *args, **kwargs))
        return lambda rule, /, **values: compiled()(rule, **values)


class ForumApp(Flask):
    """A Flask app that commits once per request, if the status is below 400."""

    request_class = FormRequest
    url_rule_class = UrlRule
    jinja_environment = SharedGlobals

    def dispatch_request(self) -> ResponseReturnValue:
        """Handle the request and commit; exceptions go to the error handlers.

        Retries the request if PostgreSQL aborted it as the victim of a deadlock or serialization failure.
        """
        for _ in range(MAX_TRIES - 1):
            try:
                return self._answer_and_commit()
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", "") not in RETRIED_SQLSTATES:
                    raise
                db.start_writing()
        return self._answer_and_commit()

    def _answer_and_commit(self) -> Response:
        response = self.make_response(super().dispatch_request())
        if response.status_code < 400:
            db.session.commit()
        else:
            db.session.rollback()
        return response


def create_app(settings: Settings | None = None) -> Flask:
    """Create the app for a deployment; settings default to the environment."""
    app = ForumApp("forum", static_folder=None, template_folder=str(paths.TEMPLATES))
    chosen = settings or from_environment()
    app.config["SECRET_KEY"] = chosen.secret_key
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(paths.TRANSLATIONS)
    app.json = JsonProvider(app)
    db.open_databases(app, chosen)
    with app.app_context():
        migrate.require_known(db.db.engine)
    ephemeral_store.create_tables(app.extensions["forum.ephemeral"])
    Babel(app, locale_selector=_language)
    app.after_request(compression.compress_response)  # registered first, so it runs last
    identity.guard(app)
    request_guards.guard(app)
    app.url_map.converters["int"] = IdConverter
    _register_error_handlers(app)
    web.register(app)
    api.register(app)
    app.wsgi_app = GuestCacheMiddleware(app)  # type: ignore[assignment]
    return app


def _language() -> str:
    return snapshot().language


def _register_error_handlers(app: Flask) -> None:
    app.register_error_handler(ForumError, _answer)
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(DBAPIError, _answer_database)
    app.register_error_handler(PoolTimeout, _answer_database)
    app.register_error_handler(Exception, _answer_fault)


def _answer(error: ForumError | HTTPException) -> ResponseReturnValue:
    db.session.rollback()
    if isinstance(error, HTTPException) and error.response is not None:
        return error.get_response()
    if isinstance(error, NotFound) and (elsewhere := answer_for_merged()) is not None:
        return elsewhere
    interface: Any = api if request.path.startswith("/api/") else web
    response: Response = interface.error_response(error)
    if isinstance(error, TooSoon):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = "5"
    return response


def _answer_database(error: Exception) -> ResponseReturnValue:
    """Answer 503 if the database is temporarily unavailable (disk full, lock timeout, server lost), else an error."""
    is_damaged = is_damage(getattr(error, "orig", None))
    if is_busy(error) or (is_outage(error) and not is_damaged):
        log.error("database unavailable: %s", first_line(error))
        identity.treat_as_anonymous()  # rendering the response must not query the database again
        pin_last_known()
        return _answer(Unavailable())
    if is_damaged:
        log.error("the database is damaged, restore a backup (`forum restore FILE`): %s", first_line(error))
        return _answer(Fault())
    if isinstance(error, DataError):  # a NUL in a text or a number out of range is the client's error
        log.warning("a value that the database cannot store in %s %s", request.method, request.path)
        return _answer(NotStorable())
    return _answer_fault(error)


def _answer_fault(error: Exception) -> ResponseReturnValue:
    log.error("error in %s %s", request.method, request.path, exc_info=error)
    return _answer(Fault())


class NotStorable(ForumError):
    """The request contains a character or number that the database cannot store."""

    slug = "not-storable"

    def __init__(self) -> None:
        super().__init__(say("What you sent contains a character or a number that cannot be saved."))


class Fault(ForumError):
    """An unexpected error; the log has the traceback, the visitor gets the request id."""

    status, slug = 500, "fault"

    def __init__(self) -> None:
        super().__init__(say("Something went wrong on our side. The error has been logged."))
