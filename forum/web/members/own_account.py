"""A member's own data: the page, and the download."""

from os import SEEK_END

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from forum.accounts.own_data import DOWNLOADS_A_DAY, make_own_data
from forum.auth import identity
from forum.infra import clock
from forum.interfaces import send_file_in_parts
from forum.schemas.account import ConfirmIn
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
    response = Response(mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="forum-data-{clock.now():%Y-%m-%d}.zip"'
    response.headers["Cache-Control"] = "private, no-store"
    response.automatically_set_content_length = False
    response.content_length = file.seek(0, SEEK_END)
    send_file_in_parts(file)
    return response
