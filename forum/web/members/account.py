"""Account pages: public profile, password, e-mail address, login sessions, API tokens."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from forum.auth import identity
from forum.infra.database.db import start_writing
from forum.infra.text.mail_addresses import with_unicode_domain
from forum.infra.text.messages import say
from forum.interfaces import mail_link_base, translate
from forum.members import actions, email_addresses
from forum.members.account_mail import mail_is_set_up
from forum.members.credentials import api_tokens, sessions
from forum.members.credentials.device_names import device_name
from forum.members.signup.invitations import may_invite
from forum.models import Member, MemberSession
from forum.schemas.account import ConfirmIn, EmailIn, PasswordIn, ProfileIn, TokenIn
from forum.site.ip_addresses import as_shown
from forum.web.addresses import next_path
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("account", __name__, url_prefix="/account")
NOTES = {
    "card": say("Your profile is saved."),
    "password": say("Your password is changed. Your other devices are logged out."),
    "asked": say("Follow the link in the e-mail we sent to your new address. Until then we use your old one."),
    "email": say("Your e-mail address is changed."),
    "confirmed": say("Your e-mail address is confirmed."),
    "ended": say("Those devices are logged out."),
    "revoked": say("The token is revoked."),
}


@blueprint.get("")
def card_page() -> ResponseReturnValue:
    """Show the form for the member's public profile."""
    me = identity.member()
    form = current_form(country=me.country, location=me.location, about=me.about)
    hidden = form.value("is_hidden") == "yes" if form.errors else me.is_hidden
    return account_page("card", form=form, hidden=hidden)


@blueprint.post("")
@rerenders_on_error(card_page)
def change_card() -> ResponseReturnValue:
    """Save the public profile."""
    actions.change_card(identity.member(), **load_form(ProfileIn))
    return redirect("/account?note=card", 303)


@blueprint.get("/password")
def password_page() -> ResponseReturnValue:
    """Show the form to change the password."""
    return account_page("password", form=current_form())


@blueprint.post("/password")
@identity.defers_write_lock
@rerenders_on_error(password_page)
def change_password() -> ResponseReturnValue:
    """Change the password and end all other login sessions."""
    me, given = identity.member(), load_form(PasswordIn)
    actions.change_password(
        me,
        current=given["current_password"],
        new=given["new_password"],
        home=mail_link_base(),
        here=identity.current_session(),
        end_tokens=given["end_tokens"],
    )
    return redirect("/account/password?note=password", 303)


@blueprint.get("/email")
def email_page() -> ResponseReturnValue:
    """Show the form to change the e-mail address."""
    form = current_form(email=with_unicode_domain(identity.member().email or ""))
    return account_page("email", form=form, confirms=mail_is_set_up())


@blueprint.post("/email")
@identity.defers_write_lock
@rerenders_on_error(email_page)
def change_email() -> ResponseReturnValue:
    """Change the e-mail address; where mail is set up, only once a link sent to the new address is followed."""
    given = load_form(EmailIn)
    email_addresses.change_email(
        identity.member(), password=given["password"], email=given["email"], home=mail_link_base()
    )
    return redirect("/account/email?note=" + ("asked" if mail_is_set_up() else "email"), 303)


@blueprint.get("/confirm")
def confirm_page() -> ResponseReturnValue:
    """Show the form that asks for the password again."""
    return account_page("confirm", form=current_form(), next=next_path())


@blueprint.post("/confirm")
@identity.defers_write_lock
@rerenders_on_error(confirm_page)
def confirm() -> ResponseReturnValue:
    """Check the password; it is not asked for again for an hour."""
    me, row = identity.member(), _current_session()
    actions.confirm_password(me, load_form(ConfirmIn)["password"])
    start_writing()
    sessions.confirm(row)
    return redirect(next_path(), 303)


@blueprint.get("/sessions")
def sessions_page() -> ResponseReturnValue:
    """List the member's login sessions."""
    return account_page(
        "sessions",
        rows=sessions.of(identity.member()),
        current=_current_session(),
        device_name=device_name,
        address_shown=as_shown,
    )


@blueprint.post("/sessions/<int:session_id>/end")
@requires_recent_password
def end_session(session_id: int) -> ResponseReturnValue:
    """Log out one device."""
    is_here = session_id == _current_session().id
    actions.end_session(identity.member(), session_id)
    if is_here:
        identity.log_out()
    return redirect("/" if is_here else "/account/sessions?note=ended", 303)


@blueprint.post("/sessions/end-all")
@requires_recent_password
def end_all_sessions() -> ResponseReturnValue:
    """Log out everywhere."""
    actions.end_all_sessions(identity.member())
    identity.log_out()
    return redirect("/", 303)


@blueprint.post("/sessions/end-others")
@requires_recent_password
def end_other_sessions() -> ResponseReturnValue:
    """Log out all other devices."""
    actions.end_other_sessions(identity.member(), here=_current_session())
    return redirect("/account/sessions?note=ended", 303)


@blueprint.get("/tokens")
@requires_recent_password
def tokens_page() -> ResponseReturnValue:
    """List the member's API tokens, with the form to create one."""
    return _tokens(identity.member())


@blueprint.post("/tokens")
@requires_recent_password
@rerenders_on_error(tokens_page)
def make_token() -> ResponseReturnValue:
    """Create a token and show it once."""
    me, given = identity.member(), load_form(TokenIn)
    wanted = [scope for scope in api_tokens.SCOPES if given[scope]]
    secret = api_tokens.make(me, name=given["name"], scopes=wanted, days=given["days"] or None)
    response = make_response(_tokens(me, made=secret))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/tokens/<int:token_id>/revoke")
@requires_recent_password
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Revoke a token."""
    api_tokens.revoke(identity.member(), token_id)
    return redirect("/account/tokens?note=revoked", 303)


def _tokens(me: Member, *, made: str = "") -> str:
    rows, scopes = api_tokens.of(me), api_tokens.scopes_open_to(me)
    return account_page("tokens", form=current_form(days=90), rows=rows, scopes=scopes, made=made)


def _current_session() -> MemberSession:
    identity.member()
    row = identity.current_session()
    assert row is not None, "these pages are not for tokens"  # noqa: S101
    return row


def account_page(tab: str, **more: Any) -> str:
    """One of the pages of the account, with their tabs."""
    me = identity.member()
    note = NOTES.get(request.args.get("note", ""))
    return render_template(
        f"account/{tab}.html", tab=tab, note=translate(note) if note else "", invites=bool(may_invite(me)), **more
    )
