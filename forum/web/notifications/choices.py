"""The page on which members choose what they are told."""

from flask import Blueprint
from werkzeug import Response

from forum.auth import identity
from forum.infra.text.messages import Message, say
from forum.models import Channel
from forum.moderation.reviews import may_review_some
from forum.notifications import choices
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import ticked_values
from forum.web.members.account import account_page
from forum.web.notifications.browsers import browsers_of

blueprint = Blueprint("notification_choices", __name__, url_prefix="/account/notifications")
CHANNELS: dict[Channel, Message] = {Channel.SITE: say("On the site"), Channel.PUSH: say("In browsers")}


@blueprint.get("")
def show() -> str:
    """Show of which kinds the member is told, and by which channels."""
    me = identity.member()
    chosen = choices.choices_of(me, for_staff=bool(may_review_some(me)))
    return account_page("notifications", choices=chosen, channels=CHANNELS, browsers=browsers_of(me))


@blueprint.post("")
def save() -> Response:
    """Save the member's choices: the boxes `site` and so on name the kinds that are ticked."""
    me = identity.member()
    offered = [choice.kind.name for choice in choices.choices_of(me, for_staff=bool(may_review_some(me)))]
    ticked = {channel: set(ticked_values(channel.value)) for channel in CHANNELS}
    choices.choose(me, {kind: {channel: kind in ticked[channel] for channel in CHANNELS} for kind in offered})
    return toasts.with_toast(see("/account/notifications"), "saved")
