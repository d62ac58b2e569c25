"""The page of mail: how it is sent, a test message, what DNS says about the sender, and the queue."""

from urllib.parse import SplitResult, urlsplit

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum.admin.operation import mail as actions
from forum.admin.operation.mail import TestResult
from forum.auth import identity
from forum.health.status_notes import MAILBOX_FAILED, MAILBOX_READ, Note, notes
from forum.infra import clock
from forum.infra.database.db import current_settings
from forum.infra.errors import ForumError, Invalid
from forum.infra.settings import Settings
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.mail.counts import Fate, spans
from forum.mail.failed.stopped import last_failures, stopped_count, stopped_page
from forum.mail.messages import sender
from forum.mail.queue import State, queue_page, state_counts
from forum.mail.rules import MAX_SELECTOR
from forum.mail.sender_dns import Finding
from forum.models import EmailStop, FailureKind, Right
from forum.schemas.admin.mail import MailTestIn
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.admin.dashboard import administrator
from forum.web.forms import Form, current_form, load_form, rerenders_on_error

blueprint = Blueprint("admin_mail", __name__, url_prefix="/admin/mail")
GIVEN_UP = "given-up"
REASONS = {
    EmailStop.UNKNOWN.value: say("The mail server says that there is no such mailbox."),
    EmailStop.FAILING.value: say("Messages have come back on several days."),
    EmailStop.COMPLAINT.value: say("Marked as spam."),
}
KINDS = {
    FailureKind.HARD.value: say("No such mailbox"),
    FailureKind.SOFT.value: say("Came back"),
    FailureKind.COMPLAINT.value: say("Marked as spam"),
}
FATES = {
    Fate.SENT: say("Sent"),
    Fate.REFUSED: say("Refused"),
    Fate.BOUNCED: say("Came back"),
    Fate.COMPLAINED: say("Complaints"),
}
STATES = {
    State.WAITING: say("Due"),
    State.LIMITED: say("Waits for a limit"),
    State.PAUSED: say("Waits for its domain"),
    State.RETRIED: say("Tried again later"),
    State.GIVEN_UP: say("Given up"),
}


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


@blueprint.get("/stopped")
def stopped_addresses() -> str:
    """Show to whom no mail is sent because it failed, and the last failures."""
    administrator(Right.MANAGE_MAIL)
    rows, page = stopped_page(page_number())
    return render_template(
        "admin/mail_stopped.html",
        rows=rows,
        page=page,
        failures=last_failures(),
        reasons={name: translate(words) for name, words in REASONS.items()},
        kinds={name: translate(words) for name, words in KINDS.items()},
    )


@blueprint.post("/stopped/<int:member_id>/lift")
def lift(member_id: int) -> Response:
    """Send mail to a member's address again; back to the list, or to the member's page."""
    actions.use_address_again(administrator(Right.MANAGE_MAIL), member_id)
    is_of_member = request.args.get("from") == "member"
    return toasts.with_toast(
        see(f"/admin/members/{member_id}" if is_of_member else "/admin/mail/stopped"), "address-used-again"
    )


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
        states=state_counts(),
        now=clock.now(),
        state_names={state.value: translate(words) for state, words in STATES.items()},
        spans=spans(),
        fate_names={fate: translate(words) for fate, words in FATES.items()},
        stopped=stopped_count(),
        mailbox=_mailbox(settings),
    )


def _server(settings: Settings) -> SplitResult | None:
    """The URL of the mail server, from which the template takes no password; None if none is set."""
    return urlsplit(settings.mail_url) if settings.mail_url else None


def _mailbox(settings: Settings) -> tuple[str, Note | None, Note | None] | None:
    """The mailbox that is read, when it was last, and the failure since then; None without one."""
    if not settings.inbox_url:
        return None
    noted = notes()
    read, failed = noted.get(MAILBOX_READ), noted.get(MAILBOX_FAILED)
    is_over = failed is None or (read is not None and read.at > failed.at)
    return settings.inbox_address or sender(settings), read, None if is_over else failed


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
