"""Every stored site setting has an effect; this file lists them all, and a new one must be added."""

import re
import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import Invalid, TooSoon
from forum.members.credentials import login_limits
from forum.members.queries import member_by_name
from forum.members.signup import robot_check
from forum.members.signup.invitations import may_invite
from forum.members.signup.newcomers import is_new
from forum.members.signup.questions import is_answered
from forum.middleware.guest_cache.validators import CONTENT_MAX_AGE_SECONDS
from forum.models import Decision, MemberSession, SiteSetting, SpamModel
from forum.moderation.appeals import making as appeals
from forum.moderation.illegal_content import notices
from forum.moderation.reminders import remind
from forum.moderation.reports.making import report_post
from forum.permissions import may_administer, may_edit_post
from forum.schemas.archive_site import SiteFile
from forum.site.actions import set_value
from forum.site.appearance import NAMES
from forum.site.queries import Site, invalidate, snapshot
from forum.site.terms import must_accept_terms
from forum.spam.current_model import ONE_ROW
from forum.threads import actions
from forum.threads.queries import find_post
from tests.conftest import log_in
from tests.databases import on_postgres
from tests.factories import a_member, a_newcomer, a_post, a_thread

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
}  # in the snapshot, but from their own tables
NUMBERS = {"version", "removals"}  # version counters for cache invalidation
OF_ADMINS = {"demonstration"}  # tested in tests/admin/test_empty_demonstration.py
STORED = set(SiteFile().fields) - {"format", "version"} - OF_ADMINS


def in_page(path: str, pattern: str) -> Callable[[FlaskClient], object]:
    return lambda client: re.findall(pattern, client.get(path).text)


def policy(client: FlaskClient) -> object:
    return client.get("/members").headers["Content-Security-Policy"]


def appearance(client: FlaskClient) -> object:
    sheets = re.findall(r'<link rel="stylesheet" href="(/appearance/[^"]+)', client.get("/").text)
    return [client.get(sheet).text for sheet in sheets] or "app.css alone"


def may_still_edit(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        anna = a_member()
        post = find_post(anna, a_thread(by=anna).last_post_id or 0)
        with clock.frozen_at(clock.now() + timedelta(minutes=30)):
            return bool(may_edit_post(anna, post, window_minutes=snapshot().edit_window_minutes))


def seconds_to_wait(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        member, thread = a_newcomer(), a_thread()
        actions.reply(member, thread, body="One post.")
        try:
            actions.reply(member, thread, body="Another post.")
        except TooSoon as error:
            return error.retry_after
    return 0


def may_administer_without_it(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        return bool(may_administer(a_member(role="admin")))


def with_terms(client: FlaskClient, name: str = "") -> FlaskClient:
    """A client of a forum whose members have to accept the terms; with a name, that of a new member."""
    with client.application.app_context(), transaction():
        set_value("terms", "Be kind.")
        set_value("terms_must_be_accepted", value=True)
        if name:
            a_member(name)
    if name:
        log_in(client, name)
    return client


def must_accept(client: FlaskClient) -> object:
    with with_terms(client).application.app_context(), transaction():
        return must_accept_terms(a_member())


def day_of_terms(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        set_value("terms_version", 1)
        name = f"anna {snapshot().terms_date}"
    browser = with_terms(client.application.test_client(), name)
    return re.findall(r"changed on [^.]*", browser.get("/account/terms").text)


def day_of_joining(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        path = a_member(joined_at=datetime(2021, 3, 9, 1, tzinfo=UTC)).path
    return re.findall(r"Mar \d+, 2021", client.get(path).text)


def asks_at_registration(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        set_value("terms", "Be kind.")
    return "accepts_terms" in client.get("/register").text


def takes_neptune(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        set_value("registration_question", "Which planet?")
        return is_answered("Neptune")


def may_a_member_invite(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        return bool(may_invite(a_member()))


def address_of_login(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        name = a_member().username
    browser = client.application.test_client()
    log_in(browser, name)
    with client.application.app_context():
        return session.scalar(select(MemberSession.address).order_by(MemberSession.id.desc()).limit(1))


def writes_first(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        path = a_thread().path
    return client.get(f"{path}/reply").status_code


def is_hidden_when_reported(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        post = a_post(thread=a_thread())
        report_post(a_member(), post, kind="spam")
        return post.is_public


def reminds_after_an_hour(client: FlaskClient) -> object:
    with client.application.app_context():
        with transaction():
            a_member(role="moderator")
            item = report_post(a_member(), a_post(thread=a_thread()), kind="spam").item
            item.opened_at = clock.now() - timedelta(hours=1, minutes=1)
        return remind()


def may_appeal_now(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        anna = a_member()
        actions.delete_post(a_member(role="moderator"), a_post(thread=a_thread(), by=anna), reason="Rude")
        decision = session.scalars(select(Decision).where(Decision.member_id == anna.id)).one()
        return bool(appeals.may_appeal(anna, decision))


def deadline_of_a_notice(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        entry = notices.Entry(
            addresses=a_thread().path, words="Mine.", name="N", email="n@example.org", in_good_faith=True
        )
        notice = notices.find(notices.send(None, entry, home="", mail_home=""))
        return notice.due_at and notice.due_at - notice.created_at


def waits_as_newcomer(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        try:
            return actions.reply(a_newcomer(), a_thread(), body="Hello, look: https://example.org/").visibility
        except Invalid:
            return "refused"


def waits_as_spam(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        session.merge(SpamModel(id=ONE_ROW, version=0, threshold_version=0, threshold=-1000.0))  # everything is spam
        return actions.reply(a_newcomer(), a_thread(), body="Hello").visibility


def refuses_of_newcomer(body: str) -> Callable[[FlaskClient], object]:
    """Whether a new member's post is refused."""

    def look(client: FlaskClient) -> object:
        with client.application.app_context(), transaction():
            set_value("remote_images", value=True)  # else pictures are shown as links
            if member_by_name("ann") is None:
                a_member("ann")
            try:
                actions.reply(a_newcomer(), a_thread(), body=body)
            except Invalid as error:
                return [str(words) for words in error.fields["body"]]
        return "accepted"

    return look


def signs_of_registration(email: str) -> Callable[[FlaskClient], object]:
    """What happens to a registration with an address."""

    def look(client: FlaskClient) -> object:
        with client.application.app_context(), transaction():
            try:
                return robot_check.check(robot_check.Evidence(), email)
            except Invalid as error:
                return error.fields

    return look


def registers_from_one_address(client: FlaskClient) -> object:
    with client.application.app_context():
        try:
            return [login_limits.spend_registration(is_invited=False) for _ in range(2)]
        except TooSoon as error:
            return error.status


def confirms(client: FlaskClient) -> object:
    with client.application.app_context():
        try:
            login_limits.spend_confirmation_mail()
            login_limits.spend_confirmation_mail()
        except TooSoon as error:
            return error.status
    return "accepted"


def counts_as_new(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        return is_new(a_member(message_count=7)), is_new(a_member(message_count=100))


def asked_of_applicants(client: FlaskClient) -> object:
    with client.application.app_context(), transaction():
        set_value("registration", "approval")
    return re.search(r"Why \w+", client.get("/register").text)


def waits_as_third_copy(client: FlaskClient) -> object:
    text = "Our garden shop sells cheap roses, tulips and lilies, so write to us today, number {0}"
    with client.application.app_context(), transaction():
        thread = a_thread()
        return [actions.reply(a_newcomer(), thread, body=text.format(number)).visibility for number in range(3)]


# name: two values, and where the difference is visible
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
