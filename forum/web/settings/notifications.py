"""The settings of notifications."""

from forum.admin import rules
from forum.infra.text.messages import say
from forum.notifications.kinds import KINDS, OPTIONAL
from forum.web.settings.field import SettingField, number

NOTIFICATIONS = (
    SettingField(
        "notification_days",
        say("Days for which notifications are kept"),
        say("Older ones are deleted, read or not. 0: never."),
        say("alerts retention expire delete"),
        attributes=number(rules.MAX_NOTIFICATION_DAYS),
    ),
    SettingField(
        "notifications_off",
        say("Members are not told of"),
        say("Unless they choose it at /account/notifications. Members who have chosen keep their choice."),
        say("alerts preferences defaults mention quote reply reaction watch"),
        kind="checkboxes",
        choices=tuple((kind.name, kind.label) for kind in OPTIONAL),
        default=say("none"),
    ),
    SettingField(
        "notifications_mailed",
        say("Members are mailed of"),
        say("If they do not see it on the site first. Of what they watch, only if they chose to be mailed there."),
        say("email e-mail alerts preferences defaults mention quote reply watch"),
        kind="checkboxes",
        choices=tuple((kind.name, kind.label) for kind in KINDS.values()),
        default=say("quotes, mentions, replies, what is watched by e-mail, and what moderators decide"),
    ),
)
