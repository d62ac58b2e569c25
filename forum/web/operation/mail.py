"""The page of mail: how it is sent, a test message, what DNS says about the sender, and the queue."""

from urllib.parse import SplitResult, urlsplit

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum.admin.operation import mail as actions
from forum.admin.operation.mail import TestResult
from forum.auth import identity
from forum.infra.database.db import current_settings
from forum.infra.errors import ForumError, Invalid
from forum.infra.settings import Settings
from forum.interfaces import translate
from forum.mail.messages import sender
from forum.mail.queue import queue_page
from forum.mail.rules import MAX_SELECTOR
from forum.mail.sender_dns import Finding
from forum.models import Right
from forum.schemas.admin.mail import MailTestIn
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.admin.dashboard import administrator
from forum.web.forms import Form, current_form, load_form, rerenders_on_error

blueprint = Blueprint("admin_mail", __name__, url_prefix="/admin/mail")
GIVEN_UP = "given-up"


@blueprint.get("")
def mail_page() -> str:
    """Show how mail is sent, and the queue; with `?dns` what DNS says about the sender."""
    administrator(Right.MANAGE_MAIL)
    return _page(None)


@blueprint.post("/test")
@identity.defers_write_lock
@rerenders_on_error(mail_page)
def send_test() -> str:
    """Send a test message and show the mail server's answer."""
    return _page(actions.send_test(administrator(Right.MANAGE_MAIL), load_form(MailTestIn)["address"].strip()))


def _again(mail_id: int) -> str:
    return _page(None)


@blueprint.post("/<int:mail_id>/retry")
@rerenders_on_error(_again)
def retry(mail_id: int) -> Response:
    """Let a message be sent now."""
    actions.retry(administrator(Right.MANAGE_MAIL), mail_id)
    return toasts.with_toast(see("/admin/mail#queue"), "mail-retried")


@blueprint.post("/retry-all")
def retry_all() -> Response:
    """Let all messages be sent now."""
    actions.retry_all(administrator(Right.MANAGE_MAIL))
    return toasts.with_toast(see("/admin/mail#queue"), "mail-retried")


@blueprint.post("/<int:mail_id>/drop")
@rerenders_on_error(_again)
def drop(mail_id: int) -> Response:
    """Delete a message without sending it."""
    actions.drop(administrator(Right.MANAGE_MAIL), mail_id)
    return toasts.with_toast(see("/admin/mail#queue"), "deleted")


def _page(result: TestResult | None) -> str:
    actor, settings = administrator(Right.MANAGE_MAIL), current_settings()
    findings, dns_form = _findings(settings)
    show = GIVEN_UP if request.args.get("show") == GIVEN_UP else "all"
    rows, page = queue_page(page_number(), only_given_up=show == GIVEN_UP)
    return render_template(
        "admin/mail.html",
        form=current_form(address=actor.email or ""),
        result=result,
        server=_server(settings),
        sender=sender(settings),
        domain=actions.sender_domain(settings),
        dns_form=dns_form,
        findings=findings,
        rows=rows,
        page=page,
        show=show,
        outbox=settings.data / "outbox",
    )


def _server(settings: Settings) -> SplitResult | None:
    """The URL of the mail server, from which the template takes no password; None if none is set."""
    return urlsplit(settings.mail_url) if settings.mail_url else None


def _findings(settings: Settings) -> tuple[list[Finding], Form]:
    """What DNS says about the sender if the visitor asks for it, and the form with which they ask."""
    selector = request.args.get("selector", "")[: MAX_SELECTOR + 1].strip()
    values = {"selector": selector}
    if "dns" not in request.args or not actions.sender_domain(settings):
        return [], Form(values)
    server = _server(settings)
    try:
        host = (server.hostname or "") if server else ""
        return actions.look_up_sender(administrator(Right.MANAGE_MAIL), mail_host=host, selector=selector), Form(values)
    except ForumError as error:
        faults = error.fields if isinstance(error, Invalid) else {}
        errors = {name: [translate(words) for words in items] for name, items in faults.items()}
        return [], Form(values, errors, "" if errors else translate(error.message))
