"""The fields of what keeps programs from registering, and of new members' limits."""

from forum.admin import rules
from forum.infra.text.messages import say
from forum.web.settings.field import SettingField, number

AGAINST_PROGRAMS = (
    SettingField(
        "more_registration_questions",
        say("More questions"),
        say(
            "One per line, with its answers: Which planet is the last? = Neptune | planet Neptune. The form asks one of"
            " these and the question above, at random."
        ),
        say("captcha spam robot security challenge sign up"),
        kind="textarea",
        attributes={"rows": 3, "maxlength": rules.MAX_QUESTIONS},
    ),
    SettingField(
        "proof_of_work",
        say("Computation before registering"),
        say(
            "The browser computes for a moment while the form is filled in, which makes many registrations expensive."
            " Longer while many register. Without JavaScript, a question is asked instead. No other server is involved."
        ),
        say("captcha altcha proof of work spam robot bot sign up"),
        kind="select",
        choices=(
            ("off", say("Off")),
            ("low", say("Low: well under a second on a phone")),
            ("normal", say("Normal: about a second on a phone")),
            ("high", say("High: some seconds on a phone")),
        ),
    ),
    SettingField(
        "disposable_mail",
        say("Registrations with throw-away e-mail addresses"),
        say("The list of such providers is updated with the software. It is never complete, and no proof of spam."),
        say("disposable temporary mail burner trash domain spam"),
        kind="select",
        choices=(
            ("hold", say("Their first posts wait for approval")),
            ("refuse", say("Refused")),
            ("accept", say("Treated like any other")),
        ),
    ),
    SettingField(
        "disposable_domains",
        say("More domains of throw-away addresses"),
        say("One per line, such as example.org. Domains below it are meant too."),
        say("disposable temporary mail burner trash domain spam"),
        kind="textarea",
        attributes={"rows": 3, "maxlength": rules.MAX_DOMAIN_LIST},
    ),
    SettingField(
        "trusted_mail_domains",
        say("Domains that are not throw-away addresses"),
        say("One per line. They count before both lists."),
        say("disposable temporary mail exception allow domain"),
        kind="textarea",
        attributes={"rows": 3, "maxlength": rules.MAX_DOMAIN_LIST},
    ),
    SettingField(
        "registrations_per_address",
        say("Accounts a day from one IP address"),
        say("Those who share one, as in a school, can register with an invitation beyond that; their posts wait."),
        say("ip limit rate sign up spam"),
        attributes=number(rules.MAX_REGISTRATIONS) | {"min": 1},
    ),
    SettingField(
        "confirmation_mails_per_hour",
        say("E-mails an hour that confirm registrations"),
        say("Over the whole forum, so that a wave of false addresses does not get your mail server blocked."),
        say("mail limit rate sign up bounce spam"),
        attributes=number(rules.MAX_CONFIRMATION_MAILS) | {"min": 1},
    ),
)
NEW_MEMBERS = (
    SettingField(
        "new_member_posts",
        say("Public posts until a member is no longer new"),
        say("New members wait longer between posts, and have the limits below. 0: posts do not matter."),
        say("newcomer trust level promotion spam"),
        attributes=number(rules.MAX_NEW_MEMBER_POSTS),
    ),
    SettingField(
        "new_member_days",
        say("Days until a member is no longer new"),
        say("In addition to the posts. 0: days do not matter."),
        say("newcomer trust level promotion spam"),
        attributes=number(rules.MAX_NEW_MEMBER_DAYS),
    ),
    SettingField(
        "new_member_links",
        say("Links in a post of a new member"),
        say("A post with more is refused with a word why, and its text is kept. Posts that wait for approval too."),
        say("newcomer url limit spam"),
        attributes=number(rules.MAX_NEW_MEMBER_PARTS),
    ),
    SettingField(
        "new_member_pictures",
        say("Pictures in a post of a new member"),
        say("As above."),
        say("newcomer images limit spam"),
        attributes=number(rules.MAX_NEW_MEMBER_PARTS),
    ),
    SettingField(
        "new_member_mentions",
        say("Mentions in a post of a new member"),
        say("As above."),
        say("newcomer names limit spam"),
        attributes=number(rules.MAX_NEW_MEMBER_PARTS),
    ),
)
