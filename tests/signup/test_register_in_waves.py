"""What becomes of posts by those who register in a wave: what the filter finds fine appears at once."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.undo import actions as undoing
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.members.signup import signs
from forum.models import LogEntry, Member, Post, ReviewItem, SignupRecord
from forum.moderation import queue
from forum.site.actions import set_value
from forum.spam import actions as spam
from forum.spam import jobs, learning
from forum.threads import actions
from forum.threads.approval.reasons import sentences
from forum.threads.queries import find_post
from tests.admin.pages import parsed
from tests.factories import a_member, a_newcomer, a_post
from tests.middleware.guests import Writing
from tests.signup.conftest import named, poster

SPAM = "Cheap loans for everybody, apply at https://loans.example/now today, number {0}!"
HAM = "I mended bicycle number {0} yesterday, and the chain and the tyres are new."
UNLIKE = "Astonishing vitamins discovered, whatever doctors whisper. Contact Brenda."
WAVE = ["quick:6", "wave"]


@pytest.fixture
def taught(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that knows spam about loans, and posts about bicycles."""
    assert app_in_context.name
    for name in ("FEWEST_APPROVED", "FEWEST_SPAM", "FEWEST_COMPARED"):
        monkeypatch.setattr(learning, name, 5)
    set_value("campaign_members", 0)  # the texts are alike
    author = a_member()
    for number in range(15):
        for text, is_spam in ((SPAM, True), (HAM, False)):
            spam.learn(a_post(by=author, body=text.format(number)), is_spam=is_spam)
    session.commit()
    jobs.learn_pending()


def registered(*codes: str, name: str | None = None) -> Member:
    member = a_newcomer(name)
    signs.store(member, codes)
    return member


def reasons_of(post: Post) -> list[str]:
    item = session.scalars(select(ReviewItem).where(ReviewItem.post_id == post.id)).one_or_none()
    return item.held_for.splitlines() if item is not None else []


def test_what_the_filter_finds_fine_appears_at_once(taught: None) -> None:
    vera = registered(*WAVE)
    assert a_post(by=vera, body=HAM.format(70)).is_public
    assert a_post(by=vera, body=HAM.format(71)).is_public


def test_what_it_is_not_sure_about_waits_and_says_why(taught: None) -> None:
    post = a_post(by=registered("wave"), body=UNLIKE)
    assert post.is_held
    assert reasons_of(post) == ["not-fine"]
    assert [str(sentence) for sentence in sentences("not-fine")] == [
        "Many others registered when its author did, and the spam filter is not sure that it is fine."
    ]
    assert a_post(by=a_newcomer(), body=UNLIKE).is_public, "outside a wave only what looks like spam waits"


def test_links_are_not_fine_where_approved_posts_have_none(taught: None) -> None:
    with_link = f"{HAM.format(80)} See https://bikes.example/repair for how."
    assert reasons_of(a_post(by=registered(*WAVE), body=with_link)) == ["not-fine"]


def test_while_something_of_theirs_waits_the_next_posts_wait_too(taught: None) -> None:
    vera, mona = registered(*WAVE), a_member(role="moderator")
    first = a_post(by=vera, body=UNLIKE)
    second = a_post(by=vera, body=HAM.format(70))
    assert (first.is_held, reasons_of(second)) == (True, ["another-waits"])
    for post in (first, second):
        queue.decide(mona, queue.latest_of(mona, post.id), decision="approve")
    assert a_post(by=vera, body=HAM.format(72)).is_public
    assert a_post(by=registered(*WAVE), body=HAM.format(73)).is_public, "others do not wait for them"


@pytest.mark.parametrize("codes", [("honeypot",), ("disposable:away.example", "wave"), ("quick:6", "question", "wave")])
def test_signs_about_the_account_itself_hold_what_is_fine_too(taught: None, codes: tuple[str, ...]) -> None:
    assert reasons_of(a_post(by=registered(*codes), body=HAM.format(70))) == ["account"]


def test_neighbours_that_share_a_range_of_addresses_can_post_what_is_fine(taught: None) -> None:
    assert a_post(by=registered("quick:6", "wave", "range"), body=HAM.format(70)).is_public
    assert reasons_of(a_post(by=registered("range"), body=UNLIKE)) == ["not-fine"]


@pytest.mark.parametrize(("codes", "why"), [(WAVE, ["account"]), (["range"], ["account"]), (["wave"], [])])
def test_a_filter_that_knows_too_little_lets_all_wait_if_the_signs_are_strong(
    app_in_context: Flask, codes: list[str], why: list[str]
) -> None:
    assert app_in_context.name
    assert reasons_of(a_post(by=registered(*codes), body=HAM.format(70))) == why


def test_a_filter_that_is_off_finds_nothing_fine(taught: None) -> None:
    set_value("hold_spam", False)
    assert reasons_of(a_post(by=registered(*WAVE), body=HAM.format(70))) == ["account"]


def test_an_edit_into_something_else_waits(taught: None) -> None:
    vera = registered(*WAVE)
    post = a_post(by=vera, body=HAM.format(70))
    actions.edit_post(vera, post, body=UNLIKE)
    assert post.has_held_edit
    assert "bicycle" in post.html
    actions.edit_post(vera, post, body=HAM.format(71))
    assert not post.has_held_edit


def test_an_edit_of_an_approved_post_does_not_wait_because_another_does(taught: None) -> None:
    vera, mona = registered(*WAVE), a_member(role="moderator")
    post = a_post(by=vera, body=UNLIKE)
    queue.decide(mona, queue.latest_of(mona, post.id), decision="approve")
    a_post(by=vera, body=UNLIKE)
    post = find_post(vera, post.id)
    actions.edit_post(vera, post, body=HAM.format(70))
    assert not post.has_held_edit


def test_who_registered_before_the_wave_was_seen_is_part_of_it(app_in_context: Flask) -> None:
    assert app_in_context.name
    with clock.frozen_at(clock.now() - timedelta(minutes=20)):
        long_ago = registered()
    early, quick, held = registered(), registered("quick:6"), registered("honeypot")
    mona = a_member(role="moderator")
    released = registered("range")
    signs.hold_first_posts(mona, released, hold=False)
    for _ in range(2):
        registered("wave")

    def stored(member: Member) -> tuple[list[str], bool, bool]:
        row = session.get_one(SignupRecord, member.id)
        return row.signs.splitlines(), row.holds_posts, row.lets_fine_pass

    assert stored(long_ago) == ([], False, False)
    assert stored(early) == (["wave"], True, True)
    assert stored(quick) == (["quick:6", "wave"], True, True)
    assert stored(held) == (["honeypot", "wave"], True, False)
    assert stored(released) == (["range", "wave"], False, False), "a moderator has let them post"


def test_moderators_let_all_of_an_account_wait_or_appear_and_take_it_back(
    app: Flask, client: FlaskClient, writing: Writing, people: None
) -> None:
    with writing():
        path = f"{registered(*WAVE, name='vera').path}/registration"

    def hold() -> signs.Hold | None:
        with app.app_context():
            return signs.hold_of(named("vera"))

    post = poster(client, "mona")
    page = parsed(client.get(path))
    assert "unless the spam filter knows enough to find them fine" in " ".join(page.text.split())
    assert [button.text for button in page.select("button[name=hold]")] == [
        "Let them appear at once",
        "Let their first posts wait",
    ]
    assert post(path, hold="yes").status_code == 303
    assert hold() == signs.Hold(lets_fine_pass=False, is_strong=True)
    with app.app_context(), transaction():
        newest = select(LogEntry).where(LogEntry.action == "hold-first-posts").order_by(LogEntry.id.desc()).limit(1)
        undoing.undo(named("mona"), undoing.logged_entry(session.scalars(newest).one().id))
    assert hold() == signs.Hold(lets_fine_pass=True, is_strong=True)
    assert post(path, hold="no").status_code == 303
    assert hold() is None
