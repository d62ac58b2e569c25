"""A member's own data: the download, and the end of the account."""

from os import SEEK_END

from flask import Blueprint, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue

from forum.accounts.closing import GRACE, close_own
from forum.accounts.own_data import DOWNLOADS_A_DAY, make_own_data
from forum.auth import identity
from forum.infra import clock
from forum.interfaces import STREAMED, mail_link_base
from forum.schemas.account import ConfirmIn, DeletionIn
from forum.web.forms import current_form, load_form, rerenders_on_error

blueprint = Blueprint("own_account", __name__, url_prefix="/account")


@blueprint.get("/data")
def data_page() -> str:
    """Show what is stored about the member, and the form to download it."""
    identity.member()
    return render_template("account/data.html", tab="data", form=current_form(), most=DOWNLOADS_A_DAY)


@blueprint.post("/data")
@identity.defers_write_lock
@rerenders_on_error(data_page)
def download() -> ResponseReturnValue:
    """Send everything about the member as a ZIP file."""
    file = make_own_data(identity.member(), load_form(ConfirmIn)["password"])
    size = file.seek(0, SEEK_END)
    file.seek(0)
    name = f"forum-data-{clock.now():%Y-%m-%d}.zip"
    response = send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)
    response.content_length = size
    response.headers["Cache-Control"] = "private, no-store"
    request.environ[STREAMED] = True
    return response


@blueprint.get("/delete")
def deletion_page() -> str:
    """Show what is deleted, and the form that closes the account."""
    identity.member()
    return render_template("account/delete.html", tab="data", form=current_form(), days=GRACE.days)


@blueprint.post("/delete")
@identity.defers_write_lock
@rerenders_on_error(deletion_page)
def close() -> ResponseReturnValue:
    """Close the account, and log out everywhere."""
    given = load_form(DeletionIn)
    close_own(
        identity.member(), password=given["password"], deletes_posts=given["deletes_posts"], home=mail_link_base()
    )
    identity.log_out()
    return redirect("/login?note=closed", 303)
