"""The page on which members choose their digests, see what the next one would say, and read how it is chosen."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response
from flask_babel import format_datetime, format_time, get_locale

from forum.auth import identity
from forum.digests import choices, queueing, rules
from forum.digests.choosing import choose
from forum.digests.items import Section, sections_of
from forum.digests.readers import Reader, due_for, may_be_mailed
from forum.digests.times import is_weekly_due, weekday_of, zone_for, zone_names
from forum.infra import clock
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import Frequency
from forum.schemas.watching.digests import DigestIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page

blueprint = Blueprint("digest", __name__, url_prefix="/account/digest")
FREQUENCIES = {
    Frequency.DAILY: say("Every day"),
    Frequency.WEEKLY: say("Every week"),
    Frequency.WATCHED: say("Only what you watch by digest"),
    Frequency.OFF: say("None at all"),
}
_OF_FORUM = {
    Frequency.WEEKLY: say("As the forum: weekly while away"),
    Frequency.OFF: say("As the forum: only what you watch"),
}


@dataclass(frozen=True)
class Preview:
    """What the next digest would say if it were made now: when it is due, its parts, and why it would not be sent."""

    due: str
    sections: list[Section]
    why_none: Message | None


@blueprint.get("")
def show() -> str:
    """Show the choices, a preview of the next digest, and how it is chosen."""
    reader = choices.choices_of(identity.member())
    digest = reader.digest
    chosen = {name: getattr(digest, name) for name in ("frequency", "hour", "time_zone")}
    weekday = "" if digest.weekday is None else digest.weekday
    return account_page(
        "digest",
        form=current_form(weekday=weekday, **chosen),
        preview=_preview(reader),
        rules=rules,
        **_offered(reader),
    )


@blueprint.post("")
@rerenders_on_error(show)
def save() -> Response:
    """Save what the member has chosen."""
    choices.choose_digest(identity.member(), **load_form(DigestIn))
    return toasts.with_toast(see("/account/digest"), "saved")


def _offered(reader: Reader) -> dict[str, Any]:
    """The values of the form's lists with their labels."""
    days = get_locale().days["stand-alone"]["wide"]
    by_id = say(
        "Any day: for you %(day)s",
        day=days[weekday_of(reader.digest) if reader.digest.weekday is None else reader.member.id % 7],
    )
    moment = clock.now().replace(minute=0)
    of_forum = _OF_FORUM[Frequency(snapshot().digest_default)]
    frequencies = [("", of_forum), *((each.value, label) for each, label in FREQUENCIES.items())]
    return {
        "frequencies": [(value, translate(label)) for value, label in frequencies],
        "hours": [(hour, format_time(moment.replace(hour=hour), "short", rebase=False)) for hour in range(24)],
        "weekdays": [("", translate(by_id)), *days.items()],
        "zones": [
            ("", translate(say("As the forum: %(zone)s", zone=snapshot().time_zone))),
            *((name, name.replace("_", " ")) for name in zone_names()),
        ],
    }


def _preview(reader: Reader) -> Preview:
    """The next digest, chosen by the function that the job uses."""
    now = clock.now()
    moment = queueing.next_moment_for(reader, now)
    if moment is None or not queueing.can_send() or not may_be_mailed(reader.member):
        return Preview("", [], _why_none(reader))
    due = due_for(reader, now, is_weekly=is_weekly_due(reader.digest, moment, moment))
    chosen = choose(reader, due._replace(seen_at=None), now)  # they are here now
    said = format_datetime(moment.astimezone(zone_for(reader.digest)), "EEEE d MMMM, HH:mm", rebase=False)
    if chosen.is_worth:
        return Preview(said, sections_of(reader, chosen), None)
    is_here = not due.has_popular and not reader.digest.frequency and snapshot().digest_default != Frequency.OFF
    return Preview(said, [], _HERE if is_here else _TOO_LITTLE)


_HERE = say(
    "You were here within the last 7 days, so you get a digest only of what you watch with one; that has nothing new."
)
_TOO_LITTLE = say("Not enough is new yet, so none would be sent.")


def _why_none(reader: Reader) -> Message:
    if not queueing.can_send():
        return say("This forum does not send e-mail.")
    if not reader.member.email or reader.member.email_verified_at is None:
        return say("Digests go to confirmed e-mail addresses only, and yours is not confirmed.")
    if reader.digest.frequency == Frequency.OFF:
        return say("You get no digests.")
    return say("You watch nothing with a digest.")
