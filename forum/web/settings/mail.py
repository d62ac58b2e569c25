"""The limits of mail."""

from forum.admin import rules
from forum.infra.text.messages import say
from forum.web.settings.field import SettingField, number

MAIL_LIMITS = (
    SettingField(
        "mail_per_hour",
        say("E-mails an hour"),
        say("In all, if your mail provider limits them. What is over waits. 0: any number."),
        say("limit rate quota queue throttle SMTP provider"),
        attributes=number(rules.MAX_MAIL_LIMIT),
    ),
    SettingField(
        "mail_per_domain_hour",
        say("E-mails an hour to one domain"),
        say("Providers refuse a new sender who suddenly sends much. Raise it slowly. 0: any number."),
        say("limit rate queue throttle gmail outlook warm up"),
        attributes=number(rules.MAX_MAIL_LIMIT),
    ),
    SettingField(
        "mail_per_member_day",
        say("E-mails a day to one member"),
        say("Of what is new. Mail about their account is not limited by any of these. 0: any number."),
        say("limit rate notification queue"),
        attributes=number(rules.MAX_MAIL_LIMIT),
    ),
)
