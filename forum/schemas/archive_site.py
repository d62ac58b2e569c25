"""The schemas of an archive's site.json, its pictures and notices, and of what staff decided."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from forum.members.signup.disposable import EFFECTS
from forum.members.signup.proof import MOST_COUNTERS
from forum.models import (
    Application,
    BlockStops,
    Decision,
    DecisionKind,
    Draft,
    Frequency,
    HeldEdit,
    Notice,
    NoticeAudience,
    NoticePlace,
    NoticeStyle,
    RegistrationMode,
    SignupBlock,
    SiteImage,
    ToldOf,
    WatchLevel,
)
from forum.schemas.archive_fields import (
    Base64,
    BoardTitle,
    GroupTitle,
    Language,
    Line,
    MemberName,
    Moment,
    NoticeNumber,
    OneLine,
    PostNumber,
    Text,
    ThreadNumber,
    TimeZone,
    boolean_field,
    integer_field,
    optional_member,
    optional_moment,
    optional_text,
)
from forum.schemas.shapes import MAX_ID, CleanText
from forum.site import appearance
from forum.site.images import ENDINGS
from forum.watching.by_mail import OFFERED

FORMAT, VERSION = "forum-archive", 1
MAX_IMAGE_BYTES = 1_000_000  # of a logo or icon


class DecisionLine(Line):
    """What staff did to a member or what they wrote, with the text that was removed or replaced."""

    id = integer_field(least=1, load_default=None)
    member = MemberName(required=True)
    kind = CleanText(required=True, validate=validate.OneOf([kind.value for kind in DecisionKind]))
    by = optional_member()
    at = Moment(required=True)
    about_post = PostNumber(strict=True, load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    about_thread = ThreadNumber(strict=True, load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    title = optional_text(Decision.title)
    text = optional_text()
    rule = optional_text(Decision.rule)
    reason = optional_text(Decision.reason)
    ended_at = optional_moment()


class SignupBlockLine(Line):
    """A block of a network, an e-mail domain or an e-mail address."""

    value = Text(SignupBlock.value, least=1, required=True)
    stops = CleanText(
        load_default=BlockStops.REGISTERING.value, validate=validate.OneOf([stops.value for stops in BlockStops])
    )
    created_at = Moment(required=True)
    until = optional_moment()
    reason = optional_text(SignupBlock.reason)
    by = optional_member()
    ended_at = optional_moment()


class ApplicationLine(Line):
    """What somebody wrote who waits to be let in, and what moderators asked them."""

    member = MemberName(required=True)
    answer = optional_text(Application.answer)
    question = optional_text(Application.question)
    asked_at = optional_moment()
    reply = optional_text(Application.reply)
    replied_at = optional_moment()
    rejected_at = optional_moment()
    reason = optional_text(Application.reason)


class IgnoredMemberLine(Line):
    """A member whom another one ignores."""

    member = MemberName(required=True)
    ignored = MemberName(required=True)
    created_at = Moment(required=True)


class FollowedMemberLine(Line):
    """A member whom another one follows."""

    member = MemberName(required=True)
    followed = MemberName(required=True)
    created_at = Moment(required=True)


class ThreadReadLine(Line):
    """How far a member has read a thread."""

    member = MemberName(required=True)
    thread = ThreadNumber(required=True, strict=True, validate=validate.Range(1, MAX_ID))
    position = integer_field(required=True)
    read_at = Moment(required=True)


class BoardReadLine(Line):
    """When a member marked a board as read."""

    member = MemberName(required=True)
    board = BoardTitle(required=True)
    read_at = Moment(required=True)


def _level_field() -> CleanText:
    return CleanText(required=True, validate=validate.OneOf([level.value for level in WatchLevel]))


class ThreadWatchLine(Line):
    """What a member has chosen for a thread: to watch or to mute it, or neither."""

    member = MemberName(required=True)
    thread = ThreadNumber(required=True, strict=True, validate=validate.Range(1, MAX_ID))
    level = _level_field()
    changed_at = Moment(required=True)


class BoardWatchLine(Line):
    """What a member has chosen for a board and those below it, and whether they are told of all posts."""

    member = MemberName(required=True)
    board = BoardTitle(required=True)
    level = _level_field()
    told_of = CleanText(
        load_default=ToldOf.THREADS.value, validate=validate.OneOf([told_of.value for told_of in ToldOf])
    )
    changed_at = Moment(required=True)


class SiteImageLine(Line):
    """The logo or an icon."""

    name = Text(SiteImage.name, least=1, required=True)
    content_type = CleanText(required=True, validate=validate.OneOf(ENDINGS))
    width = integer_field(least=1, required=True)
    height = integer_field(least=1, required=True)
    content = Base64(most=MAX_IMAGE_BYTES, required=True)


class BoardIconLine(Line):
    """A board's icon, a square WebP picture."""

    board = BoardTitle(required=True)
    content = Base64(most=MAX_IMAGE_BYTES, required=True)


class DemonstrationLine(Line):
    """What of the archive is a demonstration, which admins can empty: the forum's name, and members and boards."""

    name = OneLine(least=1)
    members = fields.List(OneLine(least=1), required=True)
    boards = fields.List(OneLine(least=1), required=True)


class SiteFile(Line):
    """site.json: the format version and the operator's settings."""

    format = CleanText(required=True, validate=validate.Equal(FORMAT))
    version = fields.Integer(required=True, strict=True, validate=validate.Equal(VERSION))
    name = OneLine(least=1)
    description = Text()
    terms = Text()
    contact = Text()
    privacy = Text()
    help = Text()
    language = Language()
    time_zone = TimeZone()
    remote_images = fields.Boolean(truthy={True}, falsy={False})
    edit_window_minutes = integer_field()
    flood_seconds = integer_field()
    staff_two_factor = fields.Boolean(truthy={True}, falsy={False})
    address_days = integer_field()
    guests_write_first = fields.Boolean(truthy={True}, falsy={False})
    registration = CleanText(validate=validate.OneOf([mode.value for mode in RegistrationMode]))
    invitations_per_member = integer_field()
    application_question = Text()
    registration_question = Text()
    registration_answers = Text()
    hold_first_posts = integer_field()
    hold_links = fields.Boolean(truthy={True}, falsy={False})
    hold_spam = fields.Boolean(truthy={True}, falsy={False})
    campaign_members = integer_field()
    held_words = Text()
    refused_words = Text()
    more_registration_questions = Text()
    proof_of_work = CleanText(validate=validate.OneOf(["off", *MOST_COUNTERS]))
    disposable_mail = CleanText(validate=validate.OneOf(EFFECTS))
    disposable_domains = Text()
    trusted_mail_domains = Text()
    registrations_per_address = integer_field()
    confirmation_mails_per_hour = integer_field()
    new_member_posts = integer_field()
    new_member_days = integer_field()
    new_member_links = integer_field()
    new_member_pictures = integer_field()
    new_member_mentions = integer_field()
    terms_must_be_accepted = fields.Boolean(truthy={True}, falsy={False})
    terms_version = integer_field()
    terms_date = CleanText(validate=validate.Regexp(r"\d{4}-\d\d-\d\d\Z"))
    report_hide_weight = integer_field()
    remind_hours = integer_field()
    appeal_days = integer_field()
    notice_hours = integer_field()
    notification_days = integer_field()
    notifications_off = Text()
    notifications_mailed = Text()
    watch_started = CleanText(validate=validate.OneOf(OFFERED))
    watch_answered = CleanText(validate=validate.OneOf(OFFERED))
    digest_default = CleanText(validate=validate.OneOf((Frequency.WEEKLY.value, Frequency.OFF.value)))
    mail_per_hour = integer_field()
    mail_per_domain_hour = integer_field()
    mail_per_member_day = integer_field()
    conversation_members = integer_field(least=2)
    conversations_per_day = integer_field(least=1)
    conversations_per_day_new = integer_field()
    recipients_per_day = integer_field(least=1)
    recipients_per_day_new = integer_field()
    demonstration = fields.Nested(DemonstrationLine)
    accent = Text(least=7)
    accent_dark = Text()
    corner_radius = integer_field()
    page_width = integer_field()
    font = Text()

    @validates_schema
    def _require_possible_appearance(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse colours, fonts and measures that admins could not enter."""
        wrong = [name for name in appearance.NAMES if name in data and not appearance.is_possible(name, data[name])]
        if wrong:
            raise ValidationError("is not possible.", wrong[0])


class NoticeLine(Line):
    """A notice."""

    id = integer_field(least=1, required=True)
    key = Text(Notice.key, least=1, required=True)
    title = OneLine(Notice.title, load_default="")
    body = Text(least=1, required=True)
    style = CleanText(required=True, validate=validate.OneOf([style.value for style in NoticeStyle]))
    audience = CleanText(required=True, validate=validate.OneOf([audience.value for audience in NoticeAudience]))
    place = CleanText(required=True, validate=validate.OneOf([place.value for place in NoticePlace]))
    includes_children = boolean_field()
    starts_at = optional_moment()
    ends_at = optional_moment()
    is_dismissible = boolean_field()
    is_on = boolean_field()
    order = integer_field(load_default=0)


class NoticeGroupLine(Line):
    """A group to which a notice is shown."""

    notice = NoticeNumber(required=True)
    group = GroupTitle(required=True)


class NoticeBoardLine(Line):
    """A board in which a notice is shown."""

    notice = NoticeNumber(required=True)
    board = BoardTitle(required=True)


class HeldEditLine(Line):
    """An edit of a post, or of the title of the thread that it begins, which waits for approval."""

    thread = integer_field(least=1, required=True)
    position = integer_field(least=-MAX_ID, required=True)
    source = optional_text()
    title = optional_text(HeldEdit.title)
    title_before = optional_text(HeldEdit.title_before)
    revision = integer_field(load_default=0)
    number = integer_field(load_default=1)
    edited_at = Moment(required=True)


class DraftLine(Line):
    """A member's unposted draft."""

    member = MemberName(required=True)
    place = Text(Draft.place, least=1, required=True)
    title = optional_text(Draft.title)
    body = optional_text()
    updated_at = Moment(required=True)


class ThreadRedirectLine(Line):
    """The number of a thread that was merged leads to another; `page_posts` are the first posts of its pages."""

    old_id = integer_field(least=1, required=True)
    target = ThreadNumber(required=True, strict=True, validate=validate.Range(1, MAX_ID))
    board = BoardTitle(load_default=None, allow_none=True)
    page_posts = fields.List(integer_field(least=1), load_default=list)


class MovedThreadLine(Line):
    """The list of a board leads to a thread in another one."""

    board = BoardTitle(required=True)
    thread = ThreadNumber(required=True, strict=True, validate=validate.Range(1, MAX_ID))
    moved_at = Moment(required=True)
    shown_until = optional_moment()
