"""The limits of private conversations."""

from forum.admin import rules
from forum.infra.text.messages import say
from forum.web.settings.field import SettingField, number

CONVERSATIONS = (
    SettingField(
        "conversation_members",
        say("Members of a conversation"),
        say("How many can be in one at once. Conversations that have more already stay as they are."),
        say("private message recipients group limit"),
        attributes=number(rules.MAX_CONVERSATION_MEMBERS, least=2),
    ),
    SettingField(
        "conversations_per_day",
        say("Conversations a day"),
        say("How many a member can start. Staff who may post without limits are not counted."),
        say("private message limit spam start"),
        attributes=number(rules.MAX_CONVERSATIONS_PER_DAY, least=1),
    ),
    SettingField(
        "conversations_per_day_new",
        say("Conversations a day of new members"),
        say("0: they cannot start any, but answer."),
        say("private message limit spam newcomer start"),
        attributes=number(rules.MAX_CONVERSATIONS_PER_DAY),
    ),
    SettingField(
        "recipients_per_day",
        say("Members written to a day"),
        say("To how many a member can write first in a day, or invite them, in all conversations together."),
        say("private message recipients limit spam mass invite"),
        attributes=number(rules.MAX_CONVERSATIONS_PER_DAY, least=1),
    ),
    SettingField(
        "recipients_per_day_new",
        say("Members written to a day by new members"),
        say("Most spam in conversations is sent by accounts of the same day. 0: they cannot write to anybody first."),
        say("private message recipients limit spam mass newcomer invite"),
        attributes=number(rules.MAX_CONVERSATIONS_PER_DAY),
    ),
)
