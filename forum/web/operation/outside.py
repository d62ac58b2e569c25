"""The page of services of others that are asked about members and posts."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin.operation import outside
from forum.models import Right
from forum.models.spam.outside_check import MAX_KEY
from forum.schemas.admin.outside import ServiceIn
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, load_form, rerenders_on_error, submitted_values

blueprint = Blueprint("admin_spam", __name__, url_prefix="/admin/spam")


@blueprint.get("")
def spam_page() -> str:
    """Show the services, and what is sent to each of them."""
    actor = administrator(Right.MANAGE_SETTINGS)
    form = current_form()
    refused = submitted_values().get("name", "") if form.errors else ""
    return render_template(
        "admin/spam.html", states=outside.states(actor), form=form, refused=refused, most_key=MAX_KEY
    )


@blueprint.post("")
@rerenders_on_error(spam_page)
def change() -> Response:
    """Turn a service on or off, and store its key."""
    given = load_form(ServiceIn)
    name = given.pop("name")
    outside.change_service(administrator(Right.MANAGE_SETTINGS), name, outside.ServiceChange(**given))
    return toasts.with_toast(see("/admin/spam"), "saved")
