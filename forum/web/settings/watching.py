"""The settings of what members watch unless they choose something else."""

from forum.infra.text.messages import say
from forum.watching.by_mail import BY_MAIL
from forum.web.settings.field import SettingField

_CHOICES = (
    ("site", say("Watched, with notifications on the site")),
    *((each.level, say("Watched, %(how)s", how=say(each.short))) for each in BY_MAIL.values()),
    ("off", say("Not watched")),
)
WATCHING = (
    SettingField(
        "watch_started",
        say("Threads that a member starts"),
        say("Each member can choose something else, for all threads and for each."),
        say("watch follow subscribe notification default own"),
        kind="select",
        choices=_CHOICES,
    ),
    SettingField(
        "watch_answered",
        say("Threads in which a member replies"),
        say("Who has stopped watching a thread does not watch it again by replying."),
        say("watch follow subscribe notification default participate reply"),
        kind="select",
        choices=_CHOICES,
    ),
    SettingField(
        "digest_default",
        say("Digests of members who have chosen nothing"),
        say(
            "An e-mail with what is new in what they watch and what is popular, to members with a confirmed address "
            "who were here within a year, but not in the last 7 days. No thread comes twice, and none is sent "
            "with less than 1 watched or 3 popular threads. /account/digest tells each member how threads are chosen."
        ),
        say("digest summary newsletter mail weekly popular"),
        kind="select",
        choices=(("weekly", say("Once a week, while they are away")), ("off", say("None"))),
    ),
)
