"""The page on which members choose what they are told."""

from typing import Any

from flask import Blueprint
from werkzeug import Response

from forum.auth import identity
from forum.infra.text.mail_addresses import with_unicode_domain
from forum.infra.text.messages import Message, say
from forum.mail import unsubscribing
from forum.models import Channel, Member
from forum.moderation.reviews import may_review_some
from forum.notifications import choices
from forum.notifications.mail_queue import is_mail_sent
from forum.watching.by_mail import why_no_mail
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import hidden_field, ticked_values
from forum.web.members.account import account_page
from forum.web.notifications.browsers import browsers_of

blueprint = Blueprint("notification_choices", __name__, url_prefix="/account/notifications")
CHANNELS: dict[Channel, Message] = {
    Channel.SITE: say("On the site"),
    Channel.MAIL: say("E-mail"),
    Channel.PUSH: say("Push"),
}


@blueprint.get("")
def show() -> str:
    """Show of which kinds the member is told, and by which channels."""
    me = identity.member()
    chosen = choices.choices_of(me, for_staff=bool(may_review_some(me)))
    details = {"mail": _mail_of(me), "browsers": browsers_of(me)}
    return account_page("notifications", choices=chosen, channels=CHANNELS, **details)


def _mail_of(me: Member) -> dict[str, Any]:
    """Where mail goes, or why none does, and whether the member takes any."""
    address = with_unicode_domain(me.email) if me.email else ""
    sent = {"is_sent": is_mail_sent(), "why_not": why_no_mail(me)}
    return {"address": address, "is_on": unsubscribing.gets_mail(me), **sent}


@blueprint.post("/mail")
def switch_mail() -> Response:
    """Stop all mail but that of the account, or have it sent again."""
    unsubscribing.set_all_mail(identity.member(), is_on=hidden_field("all") == "on")
    return toasts.with_toast(see("/account/notifications"), "saved")


@blueprint.post("")
def save() -> Response:
    """Save the member's choices: the boxes `site` and so on name the kinds that are ticked."""
    me = identity.member()
    offered = [choice.kind for choice in choices.choices_of(me, for_staff=bool(may_review_some(me)))]
    ticked = {channel: set(ticked_values(channel.value)) for channel in CHANNELS}
    given = {kind.name: {channel: kind.name in ticked[channel] for channel in CHANNELS} for kind in offered}
    choices.choose(me, given)
    return toasts.with_toast(see("/account/notifications"), "saved")
