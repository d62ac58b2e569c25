"""Every setting with its label, help and further words, by which its page shows it and the search finds it."""

from collections.abc import Mapping

from forum.admin import rules
from forum.admin.setting_actions import ASK_TO_ACCEPT, DEFAULTS
from forum.infra.errors import NotFound
from forum.infra.text.messages import say
from forum.site import appearance
from forum.web.settings.approval import APPROVAL
from forum.web.settings.conversations import CONVERSATIONS
from forum.web.settings.field import APPEARANCE, Section, SettingField, number, optional
from forum.web.settings.mail import MAIL_LIMITS
from forum.web.settings.moderation import MODERATION
from forum.web.settings.newcomers import AGAINST_PROGRAMS, NEW_MEMBERS
from forum.web.settings.notifications import NOTIFICATIONS
from forum.web.settings.watching import WATCHING

_GENERAL = (
    SettingField(
        "name",
        say("Name"),
        say("Shown in the header, in page titles and in e-mails."),
        say("title brand site"),
        attributes={"maxlength": rules.MAX_SITE_NAME},
    ),
    SettingField(
        "description",
        say("Description"),
        say("A sentence or two for search engines and link previews."),
        say("slogan tagline SEO Google summary"),
        attributes=optional(rules.MAX_SITE_DESCRIPTION),
    ),
    SettingField(
        "language",
        say("Language"),
        say(
            "A code such as en, de or pt-BR. After a change, rebuild the search index so that search uses the language"
            " too."
        ),
        say("locale translation dates internationalisation"),
        attributes={"maxlength": 20, "autocapitalize": "none", "spellcheck": "false"},
    ),
    SettingField(
        "time_zone",
        say("Time zone"),
        say(
            "A name such as Europe/Berlin: of the days that pages and e-mails show, and of notices. Readers with"
            " JavaScript see times in their own zone."
        ),
        say("timezone UTC clock hours summer time"),
        attributes={"maxlength": 60, "autocapitalize": "none", "spellcheck": "false"},
    ),
)
_REGISTRATION = (
    SettingField(
        "registration",
        say("Who may register"),
        say("You can always create members with “forum create-member”."),
        say("sign up signup join open closed private invite only"),
        kind="select",
        choices=(
            ("open", say("Open: everybody")),
            ("approval", say("By approval: everybody, and a moderator approves each account")),
            ("invitation", say("By invitation only")),
            ("closed", say("Closed: nobody")),
        ),
    ),
    SettingField(
        "guests_write_first",
        say("Guests may write first"),
        say(
            "They write a reply or a thread, and post it after they have logged in or registered. Until then it is kept"
            " for a day at most, and nobody else sees it. Has no effect while registration is closed."
        ),
        say("guest anonymous reply draft visitor"),
        kind="checkbox",
    ),
    SettingField(
        "invitations_per_member",
        say("Invitations per member"),
        say("How many unused invitations a member may have at once. 0: only staff can invite; they have no limit."),
        say("invite quota referral"),
        attributes=number(rules.MAX_INVITATIONS_PER_MEMBER),
    ),
    SettingField(
        "application_question",
        say("Question to those who register by approval"),
        say("For example: Why do you want to join? Moderators read the answer before they decide."),
        say("application approval moderation queue sign up join why"),
        attributes=optional(rules.MAX_QUESTION),
    ),
    SettingField(
        "registration_question",
        say("Question"),
        say("The registration form asks this to keep out bots. Choose something that your members know."),
        say("captcha spam robot security challenge sign up"),
        attributes=optional(rules.MAX_QUESTION),
    ),
    SettingField(
        "registration_answers",
        say("Answers"),
        say("One right answer per line. Capital letters, accents, spaces and punctuation do not count."),
        say("captcha spam robot security challenge sign up"),
        kind="textarea",
        attributes={"rows": 3, "maxlength": rules.MAX_ANSWERS},
    ),
    *AGAINST_PROGRAMS,
    SettingField(
        "terms_must_be_accepted",
        say("Those who register must accept the terms of use"),
        say(
            "Has an effect once there are terms, below. Members who are here already are not asked unless you tick"
            " that below too."
        ),
        say("rules agreement consent legal checkbox"),
        kind="checkbox",
    ),
)
_TEXTS = (
    SettingField(
        "terms",
        say("Terms of use"),
        say("Markdown. Shown at /terms and linked in the footer."),
        say("rules guidelines policy legal privacy imprint"),
        kind="textarea",
        attributes={"rows": 8},
    ),
    SettingField(
        ASK_TO_ACCEPT,
        say("Ask all members to accept the terms again"),
        say("For a change that matters. Until they accept, members can read but not write. Admins are not asked."),
        say("rules agreement consent legal"),
        kind="checkbox",
    ),
    SettingField(
        "privacy",
        say("Privacy"),
        say("Markdown. Shown at /privacy in place of what the software says there about the data it stores."),
        say("policy gdpr cookies data protection legal"),
        kind="textarea",
        attributes={"rows": 8},
    ),
    SettingField(
        "help",
        say("Help"),
        say("Markdown. Shown at the top of /help, above how to write, read and search."),
        say("faq guide instructions"),
        kind="textarea",
        attributes={"rows": 4},
    ),
    SettingField(
        "contact",
        say("Contact"),
        say("Markdown. Shown at /contact: who runs the forum and how to reach them."),
        say("imprint e-mail address legal about"),
        kind="textarea",
        attributes={"rows": 4},
    ),
)
_LIMITS = (
    SettingField(
        "edit_window_minutes",
        say("Minutes to edit"),
        say("How long members may edit and delete their own posts. 0: no limit."),
        say("change delete post time limit window"),
        attributes=number(rules.MAX_EDIT_WINDOW_MINUTES),
    ),
    SettingField(
        "flood_seconds",
        say("Seconds between two posts of a new member"),
        say("Members who are no longer new wait at most 5 seconds."),
        say("flood rate limit spam wait throttle slow mode"),
        attributes=number(rules.MAX_FLOOD_SECONDS),
    ),
    SettingField(
        "remote_images",
        say("Show images of other sites in posts"),
        say("The other sites then learn each reader's IP address. If this is off, images are shown as links."),
        say("pictures external embed hotlink privacy"),
        kind="checkbox",
    ),
)
_SECURITY = (
    SettingField(
        "staff_two_factor",
        say("Moderators and admins must use two-factor authentication"),
        say("Those without it can neither moderate nor administer until they have set it up in their account."),
        say("2fa mfa totp authenticator login code"),
        kind="checkbox",
    ),
    SettingField(
        "address_days",
        say("Days to keep IP addresses"),
        say(
            "Addresses in the log and of devices are removed after that; a lower number also removes older ones, within"
            " minutes. 0: none are stored."
        ),
        say("ip privacy retention gdpr expire log"),
        attributes=number(rules.MAX_ADDRESS_DAYS),
    ),
)
SECTIONS: tuple[Section, ...] = (
    Section("general", say("General"), _GENERAL),
    Section("registration-settings", say("Registration"), _REGISTRATION),
    Section("texts", say("Texts"), _TEXTS),
    Section("limits", say("Limits"), _LIMITS),
    Section("new-members", say("New members"), NEW_MEMBERS),
    Section("approval", say("Approval"), APPROVAL),
    Section("moderation-settings", say("Moderation"), MODERATION),
    Section("notification-settings", say("Notifications"), NOTIFICATIONS),
    Section("watching-settings", say("Watching"), WATCHING),
    Section("conversation-settings", say("Conversations"), CONVERSATIONS),
    Section("mail-limits", say("Limits of mail"), MAIL_LIMITS),
    Section("security", say("Security"), _SECURITY),
)
_COLOUR = {"maxlength": 20, "spellcheck": "false", "autocapitalize": "none"}
APPEARANCE_FIELDS: tuple[SettingField, ...] = (
    SettingField(
        "accent",
        say("Accent colour"),
        say("Of links, buttons and what is new, as # and six digits or letters from a to f."),
        say("color theme brand design style link button"),
        attributes=_COLOUR,
        page=APPEARANCE,
    ),
    SettingField(
        "accent_dark",
        say("Accent colour in dark mode"),
        say("Empty: derived from the accent colour, as light as it needs to be."),
        say("color theme night design style"),
        attributes=_COLOUR | {"required": False},
        default=say("empty"),
        page=APPEARANCE,
    ),
    SettingField(
        "font",
        say("Font"),
        say("Of all text. Each is one that readers have already; nothing is loaded."),
        say("typeface typography serif design"),
        kind="select",
        choices=(
            ("system", say("System font")),
            ("humanist", say("Humanist")),
            ("geometric", say("Geometric")),
            ("serif", say("Serif")),
        ),
        page=APPEARANCE,
    ),
    SettingField(
        "corner_radius",
        say("Rounded corners, in pixels"),
        say("Of buttons, fields and pictures. 0: square."),
        say("border radius design"),
        attributes=number(appearance.MAX_CORNER_RADIUS),
        page=APPEARANCE,
    ),
    SettingField(
        "page_width",
        say("Widest page, in pixels"),
        say("On wide screens. The text of posts stays as narrow as it reads well."),
        say("layout column max design"),
        attributes=number(appearance.MAX_PAGE_WIDTH) | {"min": appearance.MIN_PAGE_WIDTH},
        page=APPEARANCE,
    ),
)
FIELDS: tuple[SettingField, ...] = (*(each for section in SECTIONS for each in section.fields), *APPEARANCE_FIELDS)
BY_NAME: Mapping[str, SettingField] = {each.name: each for each in FIELDS}


def at_default(name: str, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed into a form, with the default in one field. Raises NotFound for an unknown one."""
    if name not in DEFAULTS or name not in BY_NAME:
        raise NotFound
    value = DEFAULTS[name]
    values = {field: text for field, text in typed.items() if field != name}
    return values if value is False else values | {name: "yes" if value is True else str(value)}
