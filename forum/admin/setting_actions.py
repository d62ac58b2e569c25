"""Change the site's settings."""

from collections.abc import Iterable, Mapping
from typing import cast

from sqlalchemy import select

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.rules import MAX_QUESTION, MAX_SITE_DESCRIPTION, MAX_SITE_NAME, Administrator, authorize
from forum.audit_log import Change, record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.characters import without_forbidden
from forum.infra.text.locales import locale_of
from forum.infra.text.messages import Message, one_line, say, visible_length
from forum.infra.text.time_zones import zone_of
from forum.members.signup.questions import answer_keys, more_questions
from forum.models import Member, Right, SiteSetting
from forum.notifications.kinds import KINDS, OPTIONAL
from forum.site import actions as site
from forum.site import appearance
from forum.site.parts.conversation_settings import CONVERSATION_SETTINGS
from forum.site.parts.mail_settings import MAIL_SETTINGS
from forum.site.parts.newcomer_settings import NEWCOMER_SETTINGS
from forum.site.parts.notification_settings import NOTIFICATION_SETTINGS
from forum.site.parts.watching_settings import WATCHING_SETTINGS
from forum.site.queries import Site, snapshot

NAMES = (
    "name",
    "description",
    "language",
    "time_zone",
    "terms",
    "privacy",
    "help",
    "contact",
    "edit_window_minutes",
    "flood_seconds",
    "remote_images",
    "hold_first_posts",
    "hold_links",
    "hold_spam",
    "campaign_members",
    "held_words",
    "refused_words",
    "staff_two_factor",
    "address_days",
    "guests_write_first",
    "registration",
    "invitations_per_member",
    "application_question",
    "registration_question",
    "registration_answers",
    "terms_must_be_accepted",
    *NEWCOMER_SETTINGS,
    "report_hide_weight",
    "remind_hours",
    "appeal_days",
    "notice_hours",
    *NOTIFICATION_SETTINGS,
    *WATCHING_SETTINGS,
    *MAIL_SETTINGS,
    *CONVERSATION_SETTINGS,
    *appearance.NAMES,
)
APPEARANCE_DEFAULTS: Mapping[str, object] = dict(vars(appearance.Appearance()))
DEFAULTS: Mapping[str, object] = {
    **{name: value for name, value in vars(Site(version=0)).items() if name in NAMES},
    **APPEARANCE_DEFAULTS,
}
DOMAIN_LISTS = ("disposable_domains", "trusted_mail_domains")
LONG_TEXTS = (
    *("terms", "privacy", "help", "contact", "registration_answers", "more_registration_questions"),
    *("held_words", "refused_words", *DOMAIN_LISTS),
)
ASK_TO_ACCEPT = "ask_to_accept_terms"  # not a setting: the act of asking all members to accept the terms again
MAX_LENGTHS = (
    ("name", MAX_SITE_NAME),
    ("description", MAX_SITE_DESCRIPTION),
    ("registration_question", MAX_QUESTION),
    ("application_question", MAX_QUESTION),
)
FIRST_STEPS = "first_steps_hidden"  # the row that says whether the overview shows the first steps
COLOURS = ("accent", "accent_dark")


def stored_settings() -> dict[str, object]:
    """The settings by name, as stored or else at their defaults."""
    rows = session.scalars(select(SiteSetting).where(SiteSetting.name.in_(NAMES)))
    return {**DEFAULTS, **{row.name: row.value for row in rows}}


def on_same_page(stored: Mapping[str, object], shown: Iterable[str]) -> dict[str, object]:
    """The settings of the page that shows some: of the appearance, or all others; of all, if some of both are shown."""
    kinds = {name in appearance.NAMES for name in shown}
    return {name: value for name, value in stored.items() if (name in appearance.NAMES) in kinds}


def change_settings(actor: Administrator, given: Mapping[str, object], *, seen: str | None = None) -> list[str]:
    """Store settings and log each change; returns the names of those that changed.

    `seen` is the fingerprint of on_same_page() when the actor read them. With ASK_TO_ACCEPT, members have to accept the
    terms again. Raises Invalid or ChangedMeanwhile.
    """
    admin = authorize(actor, Right.MANAGE_SETTINGS)
    site.lock()
    stored, asks = stored_settings(), bool(given.get(ASK_TO_ACCEPT))
    values = _checked({name: value for name, value in given.items() if name != ASK_TO_ACCEPT})
    require_unchanged(on_same_page(stored, values), values, seen=seen)
    if admin is not None and admin.two_factor_at is None and values.get("staff_two_factor"):
        raise Invalid({"staff_two_factor": [say("Set up two-factor authentication for your own account first.")]})
    _require_consistent({**stored, **values}, asks=asks)
    changed = [name for name in values if values[name] != stored[name]]
    for name in changed:
        was, now = (_logged(name, each[name]) for each in (stored, values))
        change = Change({name: stored[name]}, {name: values[name]})
        record("change-setting", actor=admin, target=f"setting:{name}", change=change, was=was, now=now)
    site.set_values({name: values[name] for name in changed})
    if asks:
        _ask_to_accept(admin)
        changed.append(ASK_TO_ACCEPT)
    return changed


def _require_consistent(values: Mapping[str, object], *, asks: bool) -> None:
    """Refuse settings of which one has no effect without the other."""
    if values["registration_question"] and not answer_keys(str(values["registration_answers"])):
        raise Invalid({"registration_answers": [say("Enter at least one answer to the question.")]})
    if asks and not values["terms"]:
        raise Invalid({ASK_TO_ACCEPT: [say("First write the terms.")]})
    if asks and not values["terms_must_be_accepted"]:
        raise Invalid({ASK_TO_ACCEPT: [say("First turn on that the terms must be accepted.")]})


def _ask_to_accept(admin: Member | None) -> None:
    row = session.get(SiteSetting, "terms_version")
    version = int(cast("int", row.value)) + 1 if row else 1
    site.set_values({"terms_version": version, "terms_date": snapshot().day_of(clock.now()).isoformat()})
    record("ask-to-accept-terms", actor=admin, target="setting:terms", now=version)


def first_steps_are_hidden() -> bool:
    """Whether the first steps are hidden from the overview."""
    row = session.get(SiteSetting, FIRST_STEPS)
    return row is not None and row.value is True


def hide_first_steps(actor: Administrator, *, hide: bool) -> None:
    """Hide the first steps from the overview, or show them again."""
    authorize(actor)
    site.set_value(FIRST_STEPS, hide)


def _checked(given: Mapping[str, object]) -> dict[str, object]:
    """The values normalised as they are stored. Raises Invalid."""
    values = normalised(given)
    faults: dict[str, list[Message]] = appearance.faults_of_appearance(values)
    if not visible_length(str(values.get("name", "-"))):
        faults["name"] = [say("Enter a name for the forum.")]
    for name, most in MAX_LENGTHS:
        if len(str(values.get(name, ""))) > most:
            faults[name] = [say("Use at most %(num)d characters.", num=most)]
    if locale_of(str(values.get("language", "en"))) is None:
        faults["language"] = [say("Enter a language code, such as en, de or pt-BR.")]
    if zone_of(str(values.get("time_zone", "UTC"))) is None:
        faults["time_zone"] = [say("Enter the name of a time zone, such as Europe/Berlin or UTC.")]
    faults |= _faults_of_lists(values)
    faults |= _faults_of_kinds(values)
    if faults:
        raise Invalid(faults)
    return values


def _faults_of_kinds(values: Mapping[str, object]) -> dict[str, list[Message]]:
    """The faults of settings that name kinds of notifications."""
    faults: dict[str, list[Message]] = {}
    for name, kinds in (("notifications_off", {kind.name for kind in OPTIONAL}), ("notifications_mailed", set(KINDS))):
        if unknown := sorted(set(str(values.get(name, "")).split()) - kinds):
            faults[name] = [say("Members cannot choose about “%(name)s”.", name=unknown[0][:60])]
    return faults


def _faults_of_lists(values: Mapping[str, object]) -> dict[str, list[Message]]:
    """The faults of settings that have one thing on each line."""
    faults: dict[str, list[Message]] = {}
    lines = [line for line in str(values.get("more_registration_questions", "")).splitlines() if line.strip()]
    if wrong := next((line for line in lines if not more_questions(line)), ""):
        faults["more_registration_questions"] = [
            say("Write each line as “question = answer”, other than “%(line)s”.", line=wrong[:60])
        ]
    for name in DOMAIN_LISTS:
        domains = [line.strip() for line in str(values.get(name, "")).splitlines() if line.strip()]
        if bad := next((each for each in domains if "." not in each or " " in each), ""):
            faults[name] = [say("“%(line)s” is no domain. Write one per line, such as example.org.", line=bad[:60])]
    return faults


def normalised(given: Mapping[str, object]) -> dict[str, object]:
    """The values as they are stored."""
    return {name: _normalised(name, value) for name, value in given.items()}


def _normalised(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name in COLOURS:
        return one_line(value).lower()
    return without_forbidden(value).replace("\r\n", "\n").strip() if name in LONG_TEXTS else one_line(value)


def _logged(name: str, value: object) -> object:
    """A value for the log; of long texts only their length."""
    return f"{len(str(value))} characters" if name in LONG_TEXTS else value
