"""The cookie by which a login knows a browser in which the member has logged in before."""

from flask import Response, request

from forum.auth import identity
from forum.infra.client_ip import client_address
from forum.infra.database.db import current_settings
from forum.interfaces import mail_link_base
from forum.members import account_mail
from forum.members.credentials import known_devices
from forum.members.credentials.device_names import device_name
from forum.models import Member

LIFETIME_SECONDS = 400 * 24 * 3600  # browsers keep no cookie longer


def is_new(member: Member) -> bool:
    """Whether a member who has logged in before is about to do so in another browser; ask before they log in."""
    return member.last_seen_at is not None and not known_devices.is_known(_cookie(), member, key=_key())


def remember(response: Response, member: Member, *, is_new: bool) -> Response:
    """Mark the browser in which a member has just logged in; tell them by e-mail if it is new."""
    if is_new:
        device = device_name(client_address().agent)
        account_mail.tell_of_new_device(member, device=device, link=f"{mail_link_base()}/account/sessions")
    marks = known_devices.with_member(_cookie(), member, key=_key())
    identity.set_device_cookie(response, marks, LIFETIME_SECONDS)
    return response


def _cookie() -> str:
    return request.cookies.get(identity.cookie_name("device"), "")


def _key() -> str:
    return current_settings().secret_key
