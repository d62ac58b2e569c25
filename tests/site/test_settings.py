"""Every stored site setting has an effect; this file lists them all, and a new one must be added."""

import time
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session, transaction
from forum.infra.errors import TooSoon
from forum.middleware.guest_cache.validators import CONTENT_MAX_AGE_SECONDS
from forum.models import SiteSetting
from forum.schemas.archive_site import SiteFile
from forum.site.actions import set_value
from forum.site.appearance import NAMES
from forum.site.queries import Site, invalidate
from forum.threads import actions
from tests.databases import on_postgres
from tests.factories import a_member, a_newcomer, a_thread
from tests.site.setting_effects import (
    address_of_login,
    appearance,
    asked_of_applicants,
    asks_at_registration,
    confirms,
    counts_as_new,
    day_of_joining,
    day_of_terms,
    deadline_of_a_notice,
    digests_while_away,
    in_page,
    is_hidden_when_reported,
    keeps_last_week,
    mails_of_replies,
    may_a_member_invite,
    may_administer_without_it,
    may_appeal_now,
    may_still_edit,
    must_accept,
    policy,
    refuses_of_newcomer,
    registers_from_one_address,
    reminds_after_an_hour,
    seconds_to_wait,
    sends_in_a_run,
    signs_of_registration,
    starts_conversations,
    takes_neptune,
    tells_of_replies,
    waits_as_newcomer,
    waits_as_spam,
    waits_as_third_copy,
    watches_after_writing,
    writes_first,
)

ROWS = {
    "reaction_kinds",
    "titles_by_count",
    "smilies",
    "text_smilies",
    "tree",
    "access",
    "appearance",
    "pictures",
    "notices",
    "banners",
    "has_open_groups",
    "prepared_reasons",
    "outside_services",
    "akismet_holds",
    "captcha_key",
}  # in the snapshot, but from their own tables
NUMBERS = {"version", "removals"}  # version counters for cache invalidation
OF_ADMINS = {"demonstration"}  # tested in tests/admin/test_empty_demonstration.py
STORED = set(SiteFile().fields) - {"format", "version"} - OF_ADMINS


ACTS: dict[str, tuple[object, object, Callable[[FlaskClient], object]]] = {
    "name": ("One Forum", "Other Forum", in_page("/", r"<title>.*</title>")),
    "description": ("About this", "About that", in_page("/", r"About th\w+")),
    "terms": ("Be *kind*.", "Be *brief*.", in_page("/terms", r"<em>\w+</em>")),
    "contact": ("Ask *Ann*.", "Ask *Ben*.", in_page("/contact", r"<em>\w+</em>")),
    "privacy": ("We keep *little*.", "We keep *all*.", in_page("/privacy", r"<em>\w+</em>")),
    "help": ("Ask *Ann*.", "Ask *Ben*.", in_page("/help", r"<em>\w+</em>")),
    "time_zone": ("UTC", "America/New_York", day_of_joining),
    "language": ("en", "de", in_page("/", r'<html lang="\w+"')),
    "remote_images": (True, False, policy),
    "edit_window_minutes": (10, 60, may_still_edit),
    "flood_seconds": (20, 600, seconds_to_wait),
    "hold_first_posts": (0, 3, waits_as_newcomer),
    "hold_links": (False, True, waits_as_newcomer),
    "hold_spam": (False, True, waits_as_spam),
    "campaign_members": (0, 3, waits_as_third_copy),
    "held_words": ("", "hello", waits_as_newcomer),
    "refused_words": ("", "hello", waits_as_newcomer),
    "staff_two_factor": (False, True, may_administer_without_it),
    "address_days": (0, 90, address_of_login),
    "registration": ("open", "closed", in_page("/register", "<h1>.*</h1>")),
    "guests_write_first": (True, False, writes_first),
    "invitations_per_member": (0, 1, may_a_member_invite),
    "application_question": ("Why us?", "Why now?", lambda client: str(asked_of_applicants(client))),
    "registration_question": ("Which planet?", "Which moon?", in_page("/register", r"Which \w+")),
    "registration_answers": ("Neptune", "Mars", takes_neptune),
    "more_registration_questions": ("Which bird? = jay", "Which tree? = oak", in_page("/register", r"Which \w+")),
    "proof_of_work": ("off", "low", in_page("/register", r"plus|for=.email.")),
    "disposable_mail": ("hold", "refuse", signs_of_registration("a@mailinator.com")),
    "disposable_domains": ("", "example.org", signs_of_registration("a@mx.example.org")),
    "trusted_mail_domains": ("", "mailinator.com", signs_of_registration("a@mailinator.com")),
    "registrations_per_address": (1, 3, registers_from_one_address),
    "confirmation_mails_per_hour": (1, 3, confirms),
    "new_member_posts": (5, 10, counts_as_new),
    "new_member_days": (0, 2, counts_as_new),
    "new_member_links": (0, 1, refuses_of_newcomer("<https://example.net>")),
    "new_member_pictures": (0, 1, refuses_of_newcomer("Look: ![a](https://example.net/a.png)")),
    "new_member_mentions": (0, 1, refuses_of_newcomer("Hello @ann")),
    "terms_must_be_accepted": (True, False, asks_at_registration),
    "report_hide_weight": (0, 1, is_hidden_when_reported),
    "remind_hours": (2, 1, reminds_after_an_hour),
    "appeal_days": (0, 184, may_appeal_now),
    "notice_hours": (1, 2, deadline_of_a_notice),
    "watch_started": ("site", "off", watches_after_writing),
    "watch_answered": ("site", "off", watches_after_writing),
    "digest_default": ("weekly", "off", digests_while_away),
    "notification_days": (0, 1, keeps_last_week),
    "notifications_off": ("", "reply", tells_of_replies),
    "mail_per_hour": (1, 2, sends_in_a_run),
    "mail_per_domain_hour": (0, 2, sends_in_a_run),
    "mail_per_member_day": (1, 0, sends_in_a_run),
    "conversation_members": (2, 3, starts_conversations(others=2)),
    "conversations_per_day": (1, 2, starts_conversations()),
    "conversations_per_day_new": (0, 1, starts_conversations(is_new=True)),
    "recipients_per_day": (1, 2, starts_conversations()),
    "recipients_per_day_new": (0, 1, starts_conversations(is_new=True)),
    "notifications_mailed": ("quote", "reply", mails_of_replies),
    "terms_version": (0, 1, must_accept),
    "terms_date": ("2027-05-12", "2027-05-13", day_of_terms),
    "accent": ("#0b6472", "#8a1c3b", appearance),
    "accent_dark": ("#6cc5d3", "#ffb0c8", appearance),
    "corner_radius": (6, 0, appearance),
    "page_width": (1192, 1400, appearance),
    "font": ("system", "serif", appearance),
}


@pytest.fixture
def app(app: Flask) -> Flask:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    return app


def test_every_stored_setting_is_listed_here_and_in_the_snapshot() -> None:
    assert set(ACTS) == STORED
    assert {field.name for field in fields(Site)} == (STORED - set(NAMES)) | ROWS | NUMBERS


@pytest.mark.parametrize("name", sorted(ACTS))
def test_a_changed_setting_is_visible(name: str, app: Flask, client: FlaskClient) -> None:
    *values, look = ACTS[name]
    seen = []
    for value in values:
        with app.app_context(), transaction():
            set_value(name, value)
        time.sleep(CONTENT_MAX_AGE_SECONDS if on_postgres() else 0)  # the maximum age of a cached page
        seen.append(look(client))
    assert seen[0] != seen[1]
    assert all(found not in ([], None) for found in seen)


def wait_of(member_is_new: bool, seconds: int, app: Flask) -> int:
    with app.app_context(), transaction():
        set_value("flood_seconds", seconds)
        member, thread = (a_newcomer if member_is_new else a_member)(), a_thread()
        actions.reply(member, thread, body="One post.")
        try:
            actions.reply(member, thread, body="Another post.")
        except TooSoon as error:
            return error.retry_after
    return 0


@pytest.mark.parametrize(
    ("is_new", "seconds", "wait"),
    [(True, 30, 30), (True, 600, 600), (True, 0, 0), (False, 30, 5), (False, 600, 5), (False, 3, 3), (False, 0, 0)],
)
def test_a_new_member_waits_as_long_as_configured_and_others_at_most_five_seconds(
    is_new: bool, seconds: int, wait: int, app: Flask
) -> None:
    assert wait_of(is_new, seconds, app) == wait


@pytest.mark.parametrize("stored", ["klingon", "", "../x", "x" * 50, 7])
def test_an_unknown_language_breaks_no_page(stored: object, app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        session.add(SiteSetting(name="language", value=stored))
        set_value("name", "Forum")
        invalidate()
    assert 'lang="en"' in client.get("/members").text


@pytest.mark.parametrize(("stored", "shown"), [("pt-BR", "pt-BR"), ("pt_BR", "pt-BR"), ("de", "de")])
def test_a_language_is_accepted_in_common_spellings(stored: str, shown: str, app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        set_value("language", stored)
    assert f'lang="{shown}"' in client.get("/members").text
