"""What warnings lead to, in words."""

from collections.abc import Mapping

from forum.infra.text.messages import Message, say, say_many
from forum.interfaces import translate
from forum.models import WarningKind, WarningThreshold
from forum.moderation.warnings import thresholds

FOR_GOOD: Mapping[str, Message] = {
    "hold": say("posts wait for approval from then on"),
    "mute": say("muted for good"),
    "ban": say("banned for good"),
}


def words_of(threshold: WarningThreshold) -> str:
    """What happens at a threshold."""
    days = threshold.days
    if days is None:
        return translate(FOR_GOOD.get(threshold.act, say("nothing that this version knows")))
    if threshold.act == "hold":
        told = say_many("posts wait for approval for %(num)d day", "posts wait for approval for %(num)d days", days)
    elif threshold.act == "mute":
        told = say_many("muted for %(num)d day", "muted for %(num)d days", days)
    else:
        told = say_many("banned for %(num)d day", "banned for %(num)d days", days)
    return translate(told)


def preview(kind: WarningKind, points: int) -> str:
    """What a warning does to a member with so many points: the points then, and what they lead to."""
    after = points + kind.points
    parts = [translate(say_many("%(num)d point in all", "%(num)d points in all", after))]
    parts += [words_of(threshold) for threshold in thresholds.reached(points, after)]
    return " · ".join(parts)


def points_and_days(kind: WarningKind) -> str:
    """How many points a kind of warning has, and for how long they count."""
    points = translate(say_many("%(num)d point", "%(num)d points", kind.points))
    if kind.days is None:
        return f"{points}, {translate(say('for good'))}"
    return f"{points}, {translate(say_many('for %(num)d day', 'for %(num)d days', kind.days))}"
