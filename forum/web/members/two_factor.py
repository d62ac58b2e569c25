"""The account page on which members set up two-factor authentication; like all of a member's, no cache keeps it."""

from flask import Blueprint, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from forum.auth import identity
from forum.interfaces import mail_link_base
from forum.members.credentials import recovery_codes, totp, two_factor
from forum.permissions import lacks_two_factor
from forum.schemas.account import CodeIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import back, next_path
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.qr_code import qr_code
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("two_factor", __name__, url_prefix="/account/two-factor")


@blueprint.get("")
@requires_recent_password
def page() -> ResponseReturnValue:
    """Show whether it is on; while it is set up, the QR code and the form for the first code."""
    me = identity.member()
    secret = two_factor.pending_secret(me)
    address = totp.address(secret, issuer=snapshot().name, account=me.username) if secret else ""
    return render_template(
        "account/two_factor.html",
        tab="two-factor",
        form=current_form(),
        next=next_path(),
        is_required=lacks_two_factor(me),
        left=recovery_codes.left(me) if me.two_factor_at else 0,
        few=recovery_codes.FEW,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=address,
        qr=qr_code(address) if address else None,
    )


@blueprint.post("/begin")
@requires_recent_password
def begin() -> ResponseReturnValue:
    """Begin to set it up."""
    two_factor.begin(identity.member())
    return redirect(f"/account/two-factor{back(next_path())}", 303)


@blueprint.post("/on")
@identity.defers_write_lock
@requires_recent_password
@rerenders_on_error(page)
def turn_on() -> ResponseReturnValue:
    """Turn it on after the first code, and show the recovery codes."""
    return _recovery_codes(two_factor.turn_on(identity.member(), load_form(CodeIn)["code"], home=mail_link_base()))


@blueprint.post("/codes")
@requires_recent_password
@rerenders_on_error(page)
def renew_recovery_codes() -> ResponseReturnValue:
    """Replace the recovery codes, and show the new ones."""
    return _recovery_codes(two_factor.renew_recovery_codes(identity.member()))


@blueprint.post("/off")
@requires_recent_password
def turn_off() -> ResponseReturnValue:
    """Turn it off, or end its set-up."""
    me = identity.member()
    was_on = two_factor.turn_off(me, by=me, home=mail_link_base())
    answer = make_response(redirect("/account/two-factor", 303))
    return toasts.with_toast(answer, "two-factor-off") if was_on else answer


def _recovery_codes(codes: list[str]) -> str:
    return render_template("account/recovery_codes.html", tab="two-factor", codes=codes, next=next_path())
