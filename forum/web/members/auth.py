"""Registration, login, logout, password reset, e-mail confirmation and the setup of the first admin."""

from dataclasses import fields
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from forum.audit_log import record
from forum.auth import identity
from forum.infra.database.db import start_writing
from forum.infra.errors import NotFound
from forum.infra.text.mail_addresses import with_unicode_domain
from forum.infra.text.messages import say
from forum.interfaces import mail_link_base, translate
from forum.members import account_mail, actions, email_addresses, queries
from forum.members.credentials import mail_tokens
from forum.members.sanctions import Banned
from forum.members.signup import invitations, proof, registration, robot_check
from forum.models import Member, Purpose
from forum.outside import captcha, checks, cloudflare
from forum.schemas.account import CodeIn, LoginIn, NewAccountIn, NewPasswordIn, RegisterIn, ResetRequestIn
from forum.site.queries import follow_database, snapshot
from forum.web import known_devices, toasts, unsent
from forum.web.addresses import back, next_path, secretive, see
from forum.web.forms import current_form, hidden_field, load_form, request_value, rerenders_on_error

blueprint = Blueprint("auth", __name__)
NOTES = {
    "reset": say("Your new password is set. Log in with it."),
    "closed": say("Your account is closed. To keep it, log in before it is deleted."),
    "confirmed": say("Your e-mail address is confirmed. Log in to continue."),
    "expired": actions.LOGIN_OVER,
}


def _page_before() -> str:
    """The page that a mailed link returns to; empty for the index, which is the default."""
    return "" if next_path() == "/" else next_path()


def _to_login(note: str) -> Response:
    """A redirect to the login form, which shows a note of NOTES and then continues to the page before."""
    more = {"next": _page_before()} if _page_before() else {}
    return see("/login?" + urlencode({"note": note, **more}, safe="/"))


@blueprint.get("/register")
def register_page() -> ResponseReturnValue:
    """Show the registration form."""
    if identity.visitor() is not None:
        return redirect(next_path(), 303)
    follow_database()
    g.captcha = cloudflare.HOST if snapshot().captcha_key else ""
    code, form = request_value("invitation"), current_form()
    page = render_template(
        "auth/register.html",
        form=form,
        next=next_path(),
        code=code,
        invitation=invitations.find(code) if code else None,
        is_kept=unsent.is_kept(),
        asked=robot_check.asked_by("" if form.errors_of("stamp") else form.value("stamp")),
    )
    return secretive(page) if code else page


@blueprint.get("/register/proof")
def register_challenge() -> Response:
    """A challenge for the script of the registration form, to be computed by the browser."""
    registration.require_not_closed()
    if not proof.is_asked_for():
        raise NotFound
    response = jsonify(proof.challenge(is_secure=request.is_secure))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/register")
@identity.defers_write_lock
@rerenders_on_error(register_page)
def register() -> ResponseReturnValue:
    """Register; where mail is set up, the account opens once its e-mail address is confirmed, else at once."""
    typed = load_form(RegisterIn)
    entry = registration.Entry(**{each.name: typed.pop(each.name) for each in fields(registration.Entry)})
    doubt = captcha.check_token(hidden_field(cloudflare.FIELD, most=cloudflare.MAX_TOKEN))
    member = registration.register(**typed, home=mail_link_base(), back=_page_before(), entry=entry)
    checks.ask_about_member(member)
    captcha.note_doubt(member, doubt)
    is_waiting = queries.is_waiting(member)
    answer = see("/register/sent") if is_waiting else make_response(_enter(member, remember=False, path=next_path()))
    return toasts.with_toast(answer, "first-posts-wait") if doubt else answer


@blueprint.get("/register/sent")
def registered() -> ResponseReturnValue:
    """Show what to do after registering; the page is the same for everybody."""
    return render_template("auth/sent.html", kind="register", is_kept=unsent.is_kept())


@blueprint.get("/login")
def login_page() -> ResponseReturnValue:
    """Show the login form."""
    if identity.visitor() is not None:
        return redirect(next_path(), 303)
    note = NOTES.get(request.args.get("note", ""))
    return render_template(
        "auth/login.html",
        form=current_form(),
        next=next_path(),
        note=translate(note) if note else "",
        is_kept=unsent.is_kept(),
        banned_path=g.get("banned_path"),
    )


@blueprint.post("/login")
@identity.defers_write_lock
@rerenders_on_error(login_page)
def login() -> ResponseReturnValue:
    """Log in by name or e-mail address."""
    given = load_form(LoginIn)
    name, password = given["username"], given["password"]
    try:
        member = actions.authenticate(name, password, home=mail_link_base(), back=_page_before(), keep=given["keep"])
    except Banned as refusal:
        g.banned_path = f"/banned/{refusal.secret}" if refusal.secret else None
        raise
    return _enter(member, remember=given["remember"], path=next_path(), keep=given["keep"])


def _enter(member: Member, *, remember: bool, path: str, keep: bool = False) -> ResponseReturnValue:
    """Log a member in and continue at a page; with two-factor authentication, ask for the code first."""
    is_new = known_devices.is_new(member)
    if not identity.log_in(member, remember=remember, keep=keep):
        return redirect(f"/login/code{back(path)}", 303)
    return known_devices.remember(unsent.after_login(member, path), member, is_new=is_new)


@blueprint.get("/login/code")
def code_page() -> ResponseReturnValue:
    """Show the form for the code that completes a login."""
    if identity.visitor() is not None:
        return redirect(next_path(), 303)
    if identity.pending_login() is None:
        return _to_login("expired")
    return render_template("auth/code.html", form=current_form(), next=next_path())


@blueprint.post("/login/code")
@identity.defers_write_lock
@rerenders_on_error(code_page)
def give_code() -> ResponseReturnValue:
    """Complete a login by a code of the authenticator app, or by a recovery code."""
    pending = identity.pending_login()
    if pending is None:
        return _to_login("expired")
    is_new = known_devices.is_new(pending.member)
    identity.log_in_with_code(pending, load_form(CodeIn)["code"])
    return known_devices.remember(unsent.after_login(identity.member(), next_path()), identity.member(), is_new=is_new)


@blueprint.post("/logout")
@identity.allowed_while_viewing_as
def logout() -> ResponseReturnValue:
    """End this login session."""
    login = identity.current_session()
    if login is not None:
        record("logout", actor=login.member, target=f"member:{login.member_id}")
        identity.log_out()
    return redirect("/", 303)


@blueprint.get("/reset")
def reset_request_page() -> ResponseReturnValue:
    """Show the form to request a password reset."""
    helpers = [] if account_mail.mail_is_set_up() else queries.admins()
    return render_template(
        "auth/forgotten.html", form=current_form(), sends=account_mail.mail_is_set_up(), helpers=helpers
    )


@blueprint.post("/reset")
@identity.defers_write_lock
@rerenders_on_error(reset_request_page)
def request_reset() -> ResponseReturnValue:
    """Mail a reset link if the account exists; the response is the same either way."""
    actions.request_reset(load_form(ResetRequestIn)["username"], home=mail_link_base())
    return redirect("/reset/sent", 303)


@blueprint.get("/reset/sent")
def reset_requested() -> ResponseReturnValue:
    """Show what to do after requesting a reset link."""
    if account_mail.mail_is_set_up():
        return render_template("auth/sent.html", kind="reset")
    return render_template("auth/help_requested.html", helpers=queries.admins())


@blueprint.get("/reset/<secret>")
def reset_page(secret: str) -> ResponseReturnValue:
    """Show the new-password form that a mailed link opens."""
    owner = mail_tokens.owner_of(secret, Purpose.RESET)
    return secretive(render_template("auth/reset.html", form=current_form(), owner=owner))


@blueprint.post("/reset/<secret>")
@identity.defers_write_lock
@rerenders_on_error(reset_page)
def reset(secret: str) -> ResponseReturnValue:
    """Set the new password and end all login sessions."""
    given = load_form(NewPasswordIn)
    actions.reset_password(secret, new=given["new_password"], home=mail_link_base(), end_tokens=given["end_tokens"])
    if identity.visitor() is not None:
        identity.log_out()
    return redirect("/login?note=reset", 303)


@blueprint.get("/verify/<secret>")
def verify_page(secret: str) -> ResponseReturnValue:
    """Show a confirm button: mail scanners open links, and a GET must not confirm anything."""
    row = mail_tokens.find(secret, Purpose.VERIFY, Purpose.CHANGE_EMAIL)
    return secretive(render_template("auth/verify.html", form=current_form(), email=with_unicode_domain(row.email)))


@blueprint.post("/verify/<secret>")
@identity.defers_write_lock
def verify(secret: str) -> ResponseReturnValue:
    """Confirm the e-mail address."""
    mail_tokens.find(secret, Purpose.VERIFY, Purpose.CHANGE_EMAIL)
    start_writing()
    email_addresses.confirm_email(secret)
    if identity.visitor() is not None:
        return redirect("/account/email?note=confirmed", 303)
    return _to_login("confirmed")


@blueprint.get("/setup")
def setup_page() -> ResponseReturnValue:
    """Show the form for the first admin; it needs the secret from the console and is gone once there is an admin."""
    secret = request_value("token")
    registration.check_setup_secret(secret)
    return secretive(render_template("auth/setup.html", form=current_form(), secret=secret))


@blueprint.post("/setup")
@identity.defers_write_lock
@rerenders_on_error(setup_page)
def setup() -> ResponseReturnValue:
    """Create the first admin, log them in and show them the first steps."""
    admin = registration.make_first_admin(request_value("token"), **load_form(NewAccountIn))
    return _enter(admin, remember=False, path="/admin")
