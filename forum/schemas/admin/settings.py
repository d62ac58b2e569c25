"""The site's settings."""

from marshmallow import Schema, fields, validate

from forum.admin import rules
from forum.infra.text.time_zones import MAX_ZONE_NAME
from forum.members.signup.disposable import EFFECTS
from forum.members.signup.proof import MOST_COUNTERS
from forum.models import RegistrationMode
from forum.schemas.shapes import Between, CleanText, WholeNumber, count, flag, text
from forum.site import appearance
from forum.watching.by_mail import OFFERED

DEFAULT_DIGESTS = ("weekly", "off")
MAX_COLOUR = 20  # characters: a value with spaces around it is accepted


class AppearanceIn(Schema):
    """Colours, font and measures."""

    accent = CleanText(most=MAX_COLOUR)
    accent_dark = CleanText(most=MAX_COLOUR)
    corner_radius = WholeNumber(validate=Between(0, appearance.MAX_CORNER_RADIUS))
    page_width = WholeNumber(validate=Between(appearance.MIN_PAGE_WIDTH, appearance.MAX_PAGE_WIDTH))
    font = CleanText(most=20)


class SettingsIn(AppearanceIn):
    """The site's settings."""

    name = CleanText(least=1, most=rules.MAX_SITE_NAME)
    description = CleanText(most=rules.MAX_SITE_DESCRIPTION)
    language = CleanText(most=20)
    time_zone = CleanText(most=MAX_ZONE_NAME)
    terms = CleanText(most=rules.MAX_SITE_TEXT, most_in_form=2 * rules.MAX_SITE_TEXT)
    privacy = CleanText(most=rules.MAX_SITE_TEXT, most_in_form=2 * rules.MAX_SITE_TEXT)
    help = CleanText(most=rules.MAX_SITE_TEXT, most_in_form=2 * rules.MAX_SITE_TEXT)
    contact = CleanText(most=rules.MAX_SITE_TEXT, most_in_form=2 * rules.MAX_SITE_TEXT)
    edit_window_minutes = WholeNumber(validate=Between(0, rules.MAX_EDIT_WINDOW_MINUTES))
    flood_seconds = WholeNumber(validate=Between(0, rules.MAX_FLOOD_SECONDS))
    remote_images = fields.Boolean()
    hold_first_posts = WholeNumber(validate=Between(0, rules.MAX_HOLD_FIRST_POSTS))
    hold_links = fields.Boolean()
    hold_spam = fields.Boolean()
    campaign_members = WholeNumber(validate=Between(0, rules.MAX_CAMPAIGN_MEMBERS))
    held_words = CleanText(most=rules.MAX_WORD_LIST, most_in_form=2 * rules.MAX_WORD_LIST)
    refused_words = CleanText(most=rules.MAX_WORD_LIST, most_in_form=2 * rules.MAX_WORD_LIST)
    staff_two_factor = fields.Boolean()
    address_days = WholeNumber(validate=Between(0, rules.MAX_ADDRESS_DAYS))
    guests_write_first = fields.Boolean()
    registration = CleanText(most=20, validate=validate.OneOf([mode.value for mode in RegistrationMode]))
    invitations_per_member = WholeNumber(validate=Between(0, rules.MAX_INVITATIONS_PER_MEMBER))
    application_question = CleanText(most=rules.MAX_QUESTION)
    registration_question = CleanText(most=rules.MAX_QUESTION)
    registration_answers = CleanText(most=rules.MAX_ANSWERS, most_in_form=2 * rules.MAX_ANSWERS)
    more_registration_questions = CleanText(most=rules.MAX_QUESTIONS, most_in_form=2 * rules.MAX_QUESTIONS)
    proof_of_work = CleanText(most=20, validate=validate.OneOf(["off", *MOST_COUNTERS]))
    disposable_mail = CleanText(most=20, validate=validate.OneOf(EFFECTS))
    disposable_domains = CleanText(most=rules.MAX_DOMAIN_LIST, most_in_form=2 * rules.MAX_DOMAIN_LIST)
    trusted_mail_domains = CleanText(most=rules.MAX_DOMAIN_LIST, most_in_form=2 * rules.MAX_DOMAIN_LIST)
    registrations_per_address = WholeNumber(validate=Between(1, rules.MAX_REGISTRATIONS))
    confirmation_mails_per_hour = WholeNumber(validate=Between(1, rules.MAX_CONFIRMATION_MAILS))
    new_member_posts = WholeNumber(validate=Between(0, rules.MAX_NEW_MEMBER_POSTS))
    new_member_days = WholeNumber(validate=Between(0, rules.MAX_NEW_MEMBER_DAYS))
    new_member_links = WholeNumber(validate=Between(0, rules.MAX_NEW_MEMBER_PARTS))
    new_member_pictures = WholeNumber(validate=Between(0, rules.MAX_NEW_MEMBER_PARTS))
    new_member_mentions = WholeNumber(validate=Between(0, rules.MAX_NEW_MEMBER_PARTS))
    terms_must_be_accepted = fields.Boolean()
    report_hide_weight = WholeNumber(validate=Between(0, rules.MAX_REPORT_WEIGHT))
    remind_hours = WholeNumber(validate=Between(0, rules.MAX_REMIND_HOURS))
    appeal_days = WholeNumber(validate=Between(0, rules.MAX_APPEAL_DAYS))
    notice_hours = WholeNumber(validate=Between(0, rules.MAX_NOTICE_HOURS))
    notification_days = WholeNumber(validate=Between(0, rules.MAX_NOTIFICATION_DAYS))
    notifications_off = CleanText(most=rules.MAX_KINDS_OFF)
    notifications_mailed = CleanText(most=rules.MAX_KINDS_OFF)
    watch_started = CleanText(most=10, validate=validate.OneOf(OFFERED))
    watch_answered = CleanText(most=10, validate=validate.OneOf(OFFERED))
    digest_default = CleanText(most=10, validate=validate.OneOf(DEFAULT_DIGESTS))
    mail_per_hour = WholeNumber(validate=Between(0, rules.MAX_MAIL_LIMIT))
    mail_per_domain_hour = WholeNumber(validate=Between(0, rules.MAX_MAIL_LIMIT))
    mail_per_member_day = WholeNumber(validate=Between(0, rules.MAX_MAIL_LIMIT))
    conversation_members = WholeNumber(validate=Between(2, rules.MAX_CONVERSATION_MEMBERS))
    conversations_per_day = WholeNumber(validate=Between(1, rules.MAX_CONVERSATIONS_PER_DAY))
    conversations_per_day_new = WholeNumber(validate=Between(0, rules.MAX_CONVERSATIONS_PER_DAY))
    recipients_per_day = WholeNumber(validate=Between(1, rules.MAX_CONVERSATIONS_PER_DAY))
    recipients_per_day_new = WholeNumber(validate=Between(0, rules.MAX_CONVERSATIONS_PER_DAY))
    ask_to_accept_terms = fields.Boolean(
        metadata={"description": "true: all members have to accept the terms, as they are now, before they write."}
    )


class SettingsOut(Schema):
    """All settings of the site."""

    name = text()
    description = text()
    language = text("A code such as en or pt-BR, for the interface's dates and numbers and for search.")
    time_zone = text("A name such as Europe/Berlin: of the dates that pages and e-mails show, and of notices.")
    terms = text("Markdown, shown at /terms.")
    privacy = text("Markdown, shown at /privacy in place of what the software says there.")
    help = text("Markdown, shown at the top of /help.")
    contact = text("Markdown, shown at /contact.")
    edit_window_minutes = count("How long members may edit their own posts; 0 for no limit.")
    flood_seconds = count("How long a new member waits between two posts.")
    remote_images = flag("Whether posts show images of other sites.")
    hold_first_posts = count("How many posts of each member must be approved before others appear at once; 0: none.")
    hold_links = flag("Whether posts with links by new members wait for approval.")
    hold_spam = flag("Whether posts of new members wait that the spam filter finds.")
    campaign_members = count("How many new members who post nearly the same are a campaign; 0: nobody looks.")
    held_words = text("Words and phrases, one per line: posts that contain one wait for approval.")
    refused_words = text("Words and phrases, one per line: posts that contain one are refused.")
    staff_two_factor = flag("Whether moderators and admins must use two-factor authentication to act as such.")
    address_days = count("For how many days IP addresses are stored; 0: never.")
    registration = text(
        "Who may register: open (everybody), approval (whom moderators approve), invitation or closed (nobody)."
    )
    guests_write_first = flag("Whether guests may write a post before they log in or register to post it.")
    invitations_per_member = count("How many open invitations a member may have; staff have no limit.")
    application_question = text("What those who register by approval are asked; empty for nothing.")
    registration_question = text("What the registration form asks; empty for nothing.")
    registration_answers = text("The right answers to it, one per line.")
    more_registration_questions = text(
        "More questions of which the form asks one: `question = answer | answer` a line."
    )
    proof_of_work = text("What browsers compute before they register: off, low, normal or high.")
    disposable_mail = text("Registrations with throw-away mail addresses: their posts wait (hold), refuse, or accept.")
    disposable_domains = text("Domains of throw-away mail besides the known ones, one per line.")
    trusted_mail_domains = text("Domains that are not throw-away mail, whatever the lists say, one per line.")
    registrations_per_address = count("How many accounts a day one IP address may create.")
    confirmation_mails_per_hour = count("How many e-mails an hour confirm registrations.")
    new_member_posts = count("With fewer public posts a member is new.")
    new_member_days = count("For so many days a member is new; 0: posts alone count.")
    new_member_links = count("How many links a post of a new member may have.")
    new_member_pictures = count("How many pictures it may have.")
    new_member_mentions = count("How many members it may mention.")
    terms_must_be_accepted = flag("Whether those who register have to accept the terms.")
    report_hide_weight = count("How much the reports of a post weigh together when it is hidden; 0: never.")
    remind_hours = count("After how many hours of waiting moderators are mailed; 0: never.")
    appeal_days = count("For how many days members can appeal against a decision; 0: never.")
    notice_hours = count("Within how many hours a notice of illegal content is to be decided; 0: no deadline.")
    notification_days = count("After how many days notifications are deleted; 0: never.")
    notifications_off = text("Kinds of notifications, by spaces, of which members are told only if they choose it.")
    notifications_mailed = text("Kinds of notifications, by spaces, that are mailed unless members choose otherwise.")
    watch_started = text("Whether members watch threads that they start: site, mail (e-mail, too), daily, weekly, off.")
    watch_answered = text("Whether they watch threads in which they reply: site, mail, daily, weekly or off.")
    digest_default = text("Digests of members who have chosen nothing and are away for a week: weekly or off.")
    mail_per_hour = count("How many e-mails an hour are sent in all; 0: any number.")
    mail_per_domain_hour = count("How many e-mails an hour are sent to one domain; 0: any number.")
    mail_per_member_day = count("How many e-mails a day tell a member what is new; 0: any number.")
    conversation_members = count("How many members can be in a conversation at once.")
    conversations_per_day = count("How many conversations a member can start in a day.")
    conversations_per_day_new = count("How many conversations a new member can start in a day.")
    recipients_per_day = count("To how many members one can write first in a day, or invite them to conversations.")
    recipients_per_day_new = count("To how many members a new member can write first in a day, or invite them.")
    accent = text("The colour of links and buttons as #rrggbb.")
    accent_dark = text("The same in the dark scheme; empty to derive it.")
    corner_radius = count("Pixels of rounded corners.")
    page_width = count("Pixels of the widest page.")
    font = text(f"One of: {', '.join(appearance.FONTS)}.")
