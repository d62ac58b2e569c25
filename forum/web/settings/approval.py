"""The fields of what waits for approval."""

from forum.admin import rules
from forum.infra.text.messages import say
from forum.web.settings.field import SettingField, number

APPROVAL = (
    SettingField(
        "hold_first_posts",
        say("First posts of each member that wait for approval"),
        say(
            "Until so many posts of theirs are public, everything that they write waits for a moderator. 0: nothing"
            " waits. Staff never wait. Boards and groups have settings of their own."
        ),
        say("moderation queue premoderation hold new members spam"),
        attributes=number(rules.MAX_HOLD_FIRST_POSTS),
    ),
    SettingField(
        "hold_links",
        say("Posts with links by new members wait for approval"),
        say("Who is new is a setting above. Their posts with more links than allowed are refused, not held."),
        say("moderation queue hold spam url"),
        kind="checkbox",
    ),
    SettingField(
        "hold_spam",
        say("Posts of new members wait that look like spam"),
        say(
            "The filter learns from what moderators decide. It holds nothing before it knows 200 good posts and 20 of"
            " spam."
        ),
        say("moderation queue hold filter bayes learn"),
        kind="checkbox",
    ),
    SettingField(
        "campaign_members",
        say("New members who write alike before it is a campaign"),
        say(
            "If so many new members post nearly the same text within 48 hours, or link to a domain that nobody else"
            " links to, their further posts wait, and moderators decide about all of them at once. 0: nobody looks."
        ),
        say("moderation queue hold spam wave copies duplicate link"),
        attributes=number(rules.MAX_CAMPAIGN_MEMBERS),
    ),
    SettingField(
        "held_words",
        say("Words that hold a post"),
        say(
            "One word or phrase per line. A post or title with one of them waits for approval. Capital letters do not"
            " count, nor do words in quotes of other posts. A * at the beginning or end stands for any letters: casino*"
        ),
        say("moderation queue word filter censor bad spam"),
        kind="textarea",
        attributes={"rows": 4, "maxlength": rules.MAX_WORD_LIST},
    ),
    SettingField(
        "refused_words",
        say("Words that are refused"),
        say("As above, but the post is not accepted, and its author reads which word it is."),
        say("word filter censor bad block forbidden spam"),
        kind="textarea",
        attributes={"rows": 4, "maxlength": rules.MAX_WORD_LIST},
    ),
)
