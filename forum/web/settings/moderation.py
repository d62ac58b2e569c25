"""The settings of reports, appeals and notices of illegal content."""

from forum.admin import rules
from forum.infra.text.messages import say
from forum.web.settings.field import SettingField, number

MODERATION = (
    SettingField(
        "report_hide_weight",
        say("Hide a post once its reports weigh"),
        say("Until a moderator looks. A report weighs 1, up to 3 of a member who is often right. 0: never."),
        say("flag report moderation threshold spam"),
        attributes=number(rules.MAX_REPORT_WEIGHT),
    ),
    SettingField(
        "remind_hours",
        say("Hours after which moderators are reminded"),
        say("By e-mail, once what has waited longest for a decision has waited longer. 0: never."),
        say("mail moderation queue report waiting"),
        attributes=number(rules.MAX_REMIND_HOURS),
    ),
    SettingField(
        "appeal_days",
        say("Days to appeal against a decision"),
        say("Each decision once; another moderator decides. European law asks for at least six months. 0: no appeals."),
        say("complaint appeal DSA ban removal"),
        attributes=number(rules.MAX_APPEAL_DAYS),
    ),
    SettingField(
        "notice_hours",
        say("Hours to decide notices of illegal content"),
        say("The reports show what is due, and moderators are mailed a day before. 0: no deadline."),
        say("illegal content notice DSA deadline law"),
        attributes=number(rules.MAX_NOTICE_HOURS),
    ),
)
