"""Mail that waits, and test messages, for admins."""

from typing import Any

from flask import Response

from forum.admin.operation import mail as actions
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.auth import identity
from forum.infra.database.db import current_settings
from forum.interfaces import translate
from forum.mail.queue import queue_page
from forum.models import Right
from forum.schemas.admin.mail import MailTestIn
from forum.schemas.admin.operation import CountOut, MailQueueIn, MailQueueOut, MailTestOut

blueprint = ApiBlueprint("mail", "Mail that is not sent yet; for admins, with the scope admin.")


@blueprint.reads("/mail", MailQueueOut, query=MailQueueIn, login=True)
def show_queue(query: dict[str, Any]) -> PageResponse:
    """List the messages that wait or were given up."""
    scopes.require_right(Right.MANAGE_MAIL)
    rows, page = queue_page(query["page"], only_given_up=query["given_up"])
    body, headers = paginated([row._asdict() for row in rows], page)
    return body | {"is_set_up": bool(current_settings().mail_url)}, headers


@blueprint.writes("POST", "/mail/test", MailTestOut, body=MailTestIn, status=200)
@identity.defers_write_lock
def send_test(body: dict[str, Any]) -> dict[str, Any]:
    """Send a test message at once, and get the mail server's answer; takes up to 15 seconds."""
    result = actions.send_test(scopes.require_right(Right.MANAGE_MAIL), body["address"].strip())
    return {"is_sent": result.is_sent, "words": translate(result.words), "answer": result.answer}


@blueprint.writes("POST", "/mail/retry", CountOut, status=200)
def retry_all() -> dict[str, Any]:
    """Let all messages be sent now, also those that were given up."""
    return {"count": actions.retry_all(scopes.require_right(Right.MANAGE_MAIL))}


@blueprint.writes("POST", "/mail/<id:mail_id>/retry", status=204)
def retry(mail_id: int) -> Response:
    """Let a message be sent now."""
    actions.retry(scopes.require_right(Right.MANAGE_MAIL), mail_id)
    return Response(status=204)


@blueprint.writes("DELETE", "/mail/<id:mail_id>", status=204)
def drop(mail_id: int) -> Response:
    """Delete a message without sending it."""
    actions.drop(scopes.require_right(Right.MANAGE_MAIL), mail_id)
    return Response(status=204)
