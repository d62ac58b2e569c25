"""Authentication of requests: the only file that uses Flask-Login, login cookies and CSRF tokens."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar, cast

import flask_login
from flask import Flask, Response, g, request
from flask.sessions import SessionInterface, SessionMixin

from forum import permissions
from forum.infra.client_ip import client_address
from forum.infra.csrf_mask import mask, unmask
from forum.infra.database.db import current_settings, db
from forum.infra.database.replica import commit_lsn
from forum.infra.errors import NotLoggedIn
from forum.infra.text.messages import say
from forum.members.actions import authenticate_by_code
from forum.members.credentials import api_tokens, pending_logins, sessions
from forum.members.credentials.secret import is_signed
from forum.models import Member, MemberSession, PendingLogin
from forum.presence import actions as presence
from forum.presence.visitor_key import VisitorKey
from forum.site.group_membership import GUEST_GROUPS

REMEMBER_SECONDS = 60 * 24 * 3600
WRITTEN_SECONDS = 600  # longer than a replica in use may lag
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ALL_SCOPES = frozenset({"read", "write", "moderate", "admin"})
View = TypeVar("View", bound=Callable[..., Any])


class _RequestSession(dict[str, Any], SessionMixin):
    """A session for Flask-Login that lasts one request."""


class _RequestOnly(SessionInterface):
    """Replaces Flask's signed session cookie: a login is a database row, found by the token in our own cookie."""

    def open_session(self, app: Flask, request: Any) -> _RequestSession:
        """Start every request with an empty session."""
        return _RequestSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store nothing."""


class _LoggedIn(flask_login.UserMixin):  # type: ignore[misc]
    """Adapts a member to Flask-Login, which the models do not depend on."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.id = str(member.id)


def guard(app: Flask) -> None:
    """Set up authentication on an app."""
    app.session_interface = _RequestOnly()
    manager = flask_login.LoginManager(app)
    manager.session_protection = None
    manager.request_loader(_load_login)
    app.after_request(_send_cookies)


def _load_login(_: Any) -> _LoggedIn | None:
    loaded = None if "asks_nobody" in g else _member_of_request()
    return _LoggedIn(loaded) if loaded else None


def _member_of_request() -> Member | None:
    if request.path.startswith("/api/") and "Authorization" in request.headers:
        return _bearer(request.headers["Authorization"])
    token = request.cookies.get(cookie_name("session"), "")
    login = sessions.find(token) if token else None
    if login is None:
        return None
    g.session_row, g.session_token = login, token
    sessions.touch(login)
    return login.member if login.view_as is None else _viewing_as(login.member, sessions.viewed_groups(login))


def _viewing_as(admin: Member, groups: frozenset[int]) -> Member | None:
    """The admin with the permissions of some groups only; None if they view the forum as a guest."""
    if not permissions.may_administer(admin):  # no longer an admin
        return admin
    g.viewed_groups = groups
    if groups == GUEST_GROUPS:
        return None
    admin.viewed_as = groups
    return admin


def _bearer(header: str) -> Member:
    kind, _, token = header.partition(" ")
    token_row = api_tokens.find(token.strip()) if kind.lower() == "bearer" else None
    if token_row is None:
        raise NotLoggedIn(say("This token is unknown, expired or revoked."))
    g.scopes = frozenset(token_row.scopes.split())
    api_tokens.touch(token_row)
    return token_row.member


def cookie_name(purpose: str) -> str:
    """The name of one of our cookies; over TLS it is bound to this host (`__Host-`)."""
    return f"__Host-forum_{purpose}" if request.is_secure else f"forum_{purpose}"


def visitor() -> Member | None:
    """The logged-in member, or None for a guest."""
    login = flask_login.current_user
    return cast("Member", login.member) if login.is_authenticated else None


def treat_as_anonymous() -> None:
    """Treat the request as anonymous because the database is unavailable."""
    g.asks_nobody = True
    g.pop("viewed_groups", None)
    flask_login.logout_user()


def member() -> Member:
    """The logged-in member; raises NotLoggedIn for a guest."""
    visiting = visitor()
    if visiting is None:
        raise NotLoggedIn
    return visiting


def visitor_key() -> VisitorKey:
    """The visitor's key for presence."""
    return VisitorKey(address=client_address().address, agent=client_address().agent, member=visitor())


def current_session() -> MemberSession | None:
    """The login session of this request; None for guests and API tokens."""
    visitor()
    return cast("MemberSession | None", g.get("session_row"))


def viewed_groups() -> frozenset[int] | None:
    """The ids of the groups as which an admin views the forum, without changing anything; None for everybody else."""
    visitor()
    return cast("frozenset[int] | None", g.get("viewed_groups"))


def scopes() -> frozenset[str]:
    """The scopes of the request: all of them for a browser, those of the token for an API client."""
    visitor()
    return cast("frozenset[str]", g.get("scopes", ALL_SCOPES))


def is_bearer() -> bool:
    """Whether the request is authenticated by an API token, which browsers do not send automatically."""
    visitor()
    return "scopes" in g


def has_token() -> bool:
    """Whether the request has an API token, valid or not."""
    return request.path.startswith("/api/") and "Authorization" in request.headers


def has_signed_credentials() -> bool:
    """Whether the session cookie or API token carries our signature; makes no query."""
    token = request.cookies.get(cookie_name("session"), "")
    if has_token():
        token = request.headers["Authorization"].partition(" ")[2].strip()
    return is_signed(token, current_settings().secret_key)


def may_be_logged_in() -> bool:
    """Whether a member may be sending the request; queries only if the credentials carry no signature of ours."""
    return has_signed_credentials() or visitor() is not None


def log_in(who: Member, *, remember: bool, keep: bool = False) -> bool:
    """Log in a member who gave the right password; with two-factor authentication, only begin to: a code is missing.

    With `keep`, a closed account is opened again once they are logged in. Returns whether they are logged in.
    """
    if who.two_factor_at is not None:
        g.new_pending = pending_logins.start(who, persistent=remember, keeps_account=keep)
        return False
    _start_session(who, remember=remember)
    return True


def pending_login() -> PendingLogin | None:
    """The login of this browser that waits for a code."""
    token = request.cookies.get(cookie_name("login"), "")
    return pending_logins.find(token) if token else None


def log_in_with_code(pending: PendingLogin, code: str) -> None:
    """Complete a login that waits for a code. Raises Invalid, TooSoon, or NotLoggedIn if it has ended meanwhile."""
    _start_session(authenticate_by_code(pending, code), remember=pending.is_persistent)


def _start_session(who: Member, *, remember: bool) -> None:
    """Start a new login session for this browser and end its old one."""
    old = current_session()
    if old is not None:
        sessions.end(old)
    presence.forget_guest(VisitorKey(client_address().address, client_address().agent))
    g.new_token, g.new_token_persists = sessions.start(who, persistent=remember), remember
    g.session_token = g.new_token
    flask_login.login_user(_LoggedIn(who))


def log_out() -> None:
    """End this login session on the server and in the browser."""
    row, who = current_session(), visitor()  # who views the forum as a guest is no visitor
    if row is not None:
        sessions.end(row)
        presence.forget_member(who or row.member)
    g.pop("session_row", None)
    g.drop_cookie = True
    flask_login.logout_user()


def defers_write_lock(view: View) -> View:
    """Mark a view that computes before it writes: it calls start_writing() itself."""
    view.defers_write_lock = True  # type: ignore[attr-defined]
    return view


def open_to_guests(view: View) -> View:
    """Mark a write that guests may send without a CSRF token: there is no login to abuse."""
    view.open_to_guests = True  # type: ignore[attr-defined]
    return view


def signed_by_address(view: View) -> View:
    """Mark a write that the token in its address allows: mail clients send it without a form."""
    view.is_signed_by_address = True  # type: ignore[attr-defined]
    return defers_write_lock(view)


def allowed_while_viewing_as(view: View) -> View:
    """Mark a write that is not refused while an admin views the forum as somebody else."""
    view.allowed_while_viewing_as = True  # type: ignore[attr-defined]
    return view


# --- CSRF tokens ------------------------------------------------------------------------------------


def csrf_token() -> str:
    """The visitor's CSRF token, masked differently in each response; sets an anonymous cookie for guests."""
    anchor = _anchor(make=True)
    if g.get("form_token", ("", ""))[0] != anchor:
        g.form_token = anchor, mask(_form_key(anchor))
    return cast("str", g.form_token[1])


def csrf_token_matches_cookie(token: str) -> bool:
    """Whether a CSRF token matches one of the request's cookies; does not check whether the login is valid."""
    cookies = (request.cookies.get(cookie_name(purpose), "") for purpose in ("session", "anonymous"))
    return any(_is_made_for(cookie, token) for cookie in cookies)


def is_csrf_token_valid(token: str) -> bool:
    """Whether a CSRF token was issued to this visitor."""
    return _is_made_for(_anchor(make=False), token)


def _is_made_for(anchor: str, token: str) -> bool:
    return len(anchor) >= 32 and hmac.compare_digest(unmask(token), _form_key(anchor))


def _anchor(*, make: bool) -> str:
    visitor()
    token = cast(
        "str", g.get("session_token") or g.get("anonymous") or request.cookies.get(cookie_name("anonymous"), "")
    )
    if make and (len(token) < 32):
        g.anonymous = token = secrets.token_urlsafe(32)
    return token if len(token) >= 32 else ""


def _form_key(anchor: str) -> bytes:
    return hmac.new(current_settings().secret_key.encode(), b"form:" + anchor.encode(), hashlib.sha256).digest()


def _send_cookies(response: Response) -> Response:
    if response.status_code >= 400:
        g.pop("new_token", None)
        g.pop("new_pending", None)
    if "new_pending" in g:
        _set_cookie(response, "login", g.new_pending, int(pending_logins.LIFETIME.total_seconds()))
    if "new_token" in g:
        age = REMEMBER_SECONDS if g.new_token_persists else None
        _set_cookie(response, "session", g.new_token, age)
        _drop_cookie(response, "anonymous")
        if cookie_name("login") in request.cookies:
            _drop_cookie(response, "login")
    elif "anonymous" in g:
        _set_cookie(response, "anonymous", g.anonymous, None)
    if g.get("drop_cookie"):
        _drop_cookie(response, "session")
    has_written = (
        request.method not in READING and response.status_code < 400 and current_settings().database_replica_url
    )
    if has_written and ("new_token" in g or current_session() is not None):
        _set_cookie(response, "written", commit_lsn(db.engine), WRITTEN_SECONDS)
    return response


def _set_cookie(response: Response, purpose: str, value: str, age: int | None) -> None:
    response.set_cookie(
        cookie_name(purpose), value, max_age=age, path="/", httponly=True, samesite="Lax", secure=request.is_secure
    )


def set_unsent_cookie(response: Response, token: str, seconds: int) -> None:
    """Give a browser the token for what its guest has written."""
    _set_cookie(response, "unsent", token, seconds)


def set_device_cookie(response: Response, marks: str, seconds: int) -> None:
    """Mark a browser as one in which members have logged in."""
    _set_cookie(response, "device", marks, seconds)


def drop_unsent_cookie(response: Response) -> Response:
    """Take that token from a browser once somebody has logged in there."""
    if response.status_code < 400:
        _drop_cookie(response, "unsent")
    return response


def _drop_cookie(response: Response, purpose: str) -> None:
    response.delete_cookie(cookie_name(purpose), path="/", httponly=True, samesite="Lax", secure=request.is_secure)
