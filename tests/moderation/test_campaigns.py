"""Campaigns: what several new members post alike is found, held, and decided as one case."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from forum.admin.undo import actions as undoing
from forum.admin.undo import running
from forum.archive import check
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.models import (
    Board,
    BuiltInGroup,
    BulkAct,
    FingerprintMark,
    Group,
    Mail,
    Member,
    Post,
    PostFingerprint,
    ReviewItem,
    ReviewKind,
    SpamSample,
    Thread,
    Visibility,
)
from forum.moderation import campaigns, queue
from forum.moderation.open_count import forget_count, waiting_count
from forum.moderation.reminders import remind
from forum.moderation.reports import cases
from forum.moderation.reports.making import report_post
from forum.moderation.statistics.waiting import figures_for
from forum.site.actions import set_value
from forum.spam import near_copies
from forum.threads import actions
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_newcomer, a_post, a_thread, an_entry

SPAM = "Our clinic offers the cheapest weight loss pills of the whole country, ask us today by mail"


@pytest.fixture
def moderator(app_in_context: Flask) -> Member:
    assert app_in_context.name
    return a_member(role="moderator")


def post_by_newcomer(text: str, thread: Thread | None = None) -> Post:
    return actions.reply(a_newcomer(), thread or a_thread(), body=text)


def the_campaign() -> ReviewItem:
    return session.scalars(select(ReviewItem).where(ReviewItem.kind == ReviewKind.CAMPAIGN.value)).one()


def a_campaign(*, held: int = 1) -> list[Post]:
    """Posts of newcomers with nearly the same text, of which the last ones are held."""
    return [post_by_newcomer(f"{SPAM} {number}") for number in range(2 + held)]


def extent_of(actor: Member, item_id: int) -> campaigns.Extent:
    """How large a campaign is in the boards of a moderator."""
    return campaigns.extents(actor, [campaigns.find(actor, item_id)])[item_id]


def run(act: BulkAct) -> None:
    entry_id = act.entry_id
    session.commit()
    running.run(entry_id, seconds=60)


def test_the_third_new_member_with_the_same_text_is_held_and_all_three_are_one_case(moderator: Member) -> None:
    posts = a_campaign(held=2)
    assert [post.is_held for post in posts] == [False, False, True, True]
    item = the_campaign()
    assert item.post_id == posts[0].id
    assert extent_of(moderator, item.id) == campaigns.Extent(posts=4, members=4, threads=4, waiting=2)
    waiting, _ = queue.waiting(moderator, 1)
    assert waiting == []  # they wait as one case
    forget_count()
    assert waiting_count(moderator) == 1


@pytest.mark.parametrize(
    "disguised",
    [
        SPAM.upper(),
        SPAM.replace("cheapest", "finest"),
        SPAM.replace("pills", "p i l l s"),
        SPAM.replace("e", "\u0435").replace("o", "\u043e"),  # Cyrillic
        SPAM.replace("loss", "l0ss").replace("clinic", "cl1nic"),
        SPAM.replace("l", "l\u200b"),
        f"Hello friends! {SPAM}",
    ],
)
def test_disguised_copies_are_found(moderator: Member, disguised: str) -> None:
    a_campaign(held=0)
    assert post_by_newcomer(disguised).is_held


def test_honest_repetition_is_no_campaign(moderator: Member) -> None:
    old = a_thread(body=f"Please read this first: {SPAM}")
    for number in range(4):
        assert post_by_newcomer("Thanks, that was it!").is_public
        assert post_by_newcomer("Welcome to the forum, have fun").is_public
        quote = f"> [member said:](/posts/{old.id})\n> {SPAM}\n\nI agree with number {number * 17}"
        assert post_by_newcomer(quote, old).is_public
        assert actions.reply(a_member(), a_thread(), body=f"{SPAM} for {number}").is_public  # known members
    one = a_newcomer()
    for number in range(4):
        assert actions.reply(one, a_thread(), body=f"{SPAM} {number}").is_public  # one member is no campaign


def test_posts_two_days_apart_are_no_campaign(moderator: Member) -> None:
    a_campaign(held=0)
    session.execute(update(PostFingerprint).values(created_at=clock.now() - timedelta(hours=49)))
    assert post_by_newcomer(SPAM).is_public


def test_links_to_a_domain_that_only_new_members_link_to_are_a_campaign(moderator: Member) -> None:
    texts = [
        "See https://a.pills.example/1",
        "Buy at https://b.pills.example/2 now",
        "My https://pills.example/shop ok",
    ]
    posts = [post_by_newcomer(text) for text in texts]
    assert posts[2].is_held
    item = the_campaign()
    assert extent_of(moderator, item.id).domain == "pills.example"


def test_links_to_where_known_members_link_are_no_campaign(moderator: Member) -> None:
    actions.reply(a_member(), a_thread(), body="My film: https://www.films.example/watch?v=1")
    session.commit()
    near_copies.watch(5)
    for number in range(4):
        assert post_by_newcomer(f"Number {number}: https://films.example/watch?v={number}").is_public


def test_a_campaign_called_spam_is_removed_at_once_and_undone_by_one_act(moderator: Member) -> None:
    posts = a_campaign(held=2)
    first_thread = a_thread(by=a_newcomer(), title="Hear this", body=f"{SPAM} 9")
    run(campaigns.decide(moderator, campaigns.find(moderator, the_campaign().id), "spam"))
    states = [session.get_one(Post, post.id).visibility for post in posts]
    assert states == [Visibility.DELETED, Visibility.DELETED, Visibility.REJECTED, Visibility.REJECTED]
    assert session.get_one(Thread, first_thread.id).visibility == Visibility.REJECTED
    assert session.scalars(select(SpamSample.is_spam)).all() == [True] * 5
    with pytest.raises(Conflict):
        campaigns.decide(moderator, campaigns.find(moderator, the_campaign().id), "fine")
    entry_id = session.scalars(select(BulkAct.entry_id)).one()
    undoing.undo(moderator, undoing.logged_entry(entry_id))
    run(session.scalars(select(BulkAct).where(BulkAct.act == "undo")).one())
    states = [session.get_one(Post, post.id).visibility for post in posts]
    assert states == [Visibility.PUBLIC, Visibility.PUBLIC, Visibility.HELD, Visibility.HELD]
    assert the_campaign().decided_at is None
    assert set(session.scalars(select(SpamSample.is_spam))) == {None}
    assert list(check.check()) == []


def test_after_spam_the_next_copy_waits_and_is_a_case_of_its_own(moderator: Member) -> None:
    a_campaign()
    run(campaigns.decide(moderator, campaigns.find(moderator, the_campaign().id), "spam"))
    assert post_by_newcomer(SPAM).is_held
    open_ones = campaigns.open_campaigns(moderator)
    assert [extent.posts for extent in campaigns.extents(moderator, open_ones).values()] == [1]


def test_after_fine_the_same_text_is_public(moderator: Member) -> None:
    posts = a_campaign()
    run(campaigns.decide(moderator, campaigns.find(moderator, the_campaign().id), "fine"))
    assert session.get_one(Post, posts[2].id).is_public
    assert all(post_by_newcomer(f"{SPAM} {number}").is_public for number in range(4))


def test_the_comparison_costs_the_same_in_a_wave(moderator: Member) -> None:
    thread = a_thread()
    for number in range(near_copies.MOST_MARKED + 10):
        post_by_newcomer(f"{SPAM} {number}", thread)
    marked = session.scalars(select(FingerprintMark.post_id).distinct()).all()
    assert len(marked) == near_copies.MOST_MARKED
    campaign_ids = session.scalars(select(PostFingerprint.campaign_id)).all()
    assert campaign_ids == [the_campaign().id] * (near_copies.MOST_MARKED + 10)


def test_old_fingerprints_are_deleted_unless_their_campaign_waits(moderator: Member) -> None:
    a_campaign()
    lone = post_by_newcomer("Something else that is long enough for being compared with other long posts")
    session.execute(update(PostFingerprint).values(created_at=clock.now() - timedelta(days=15)))
    session.commit()
    near_copies.watch(5)
    assert lone.id not in set(session.scalars(select(PostFingerprint.post_id)))
    assert len(session.scalars(select(PostFingerprint.post_id)).all()) == 3


def test_ordinary_posts_of_new_members_are_no_campaigns(moderator: Member) -> None:
    words = [f"word{number}" for number in range(300)]
    chance = random.Random(1)
    thread = a_thread()
    for _ in range(40):
        assert post_by_newcomer(" ".join(chance.choices(words, k=30)), thread).is_public
    set_value("campaign_members", 0)


def kept_by(board: Board, *keepers: Member) -> Board:
    """A board for all members, which these moderate beside the moderators."""
    members, staff = (session.get_one(Group, each) for each in (BuiltInGroup.MEMBERS, BuiltInGroup.MODERATORS))
    theirs = [an_entry(a_group(None, each), moderates=True) for each in keepers]
    a_list(board, an_entry(members), an_entry(staff, moderates=True), *theirs)
    return board


def counted(actor: Member) -> tuple[int | None, int, int]:
    """What the menu, the list of what waits and the figures of an actor say."""
    forget_count()
    return waiting_count(actor), len(cases.waiting_on_page(actor, 1)[0]), figures_for(actor).open


def test_of_a_campaign_begun_elsewhere_moderators_of_one_board_count_what_waits_in_theirs(moderator: Member) -> None:
    here, there, both, nowhere = a_member(), a_member(), a_member(), a_member()
    first, second = kept_by(a_board(), here, both), kept_by(a_board(), there, both)
    kept_by(a_board(), nowhere)
    begun, elsewhere = a_thread(board=first), a_thread(board=second)
    for number in range(3):
        post_by_newcomer(f"{SPAM} {number}", begun)
    for number in range(4):
        post_by_newcomer(f"{SPAM} {number + 3}", elsewhere)
    assert [counted(who) for who in (moderator, both, here)] == [(1, 1, 1)] * 3  # as one case
    assert counted(there) == (4, 4, 4)  # one by one, as they see no campaign
    assert counted(nowhere) == (0, 0, 0)


def test_a_campaign_says_what_the_moderator_may_see_and_that_there_is_more(moderator: Member) -> None:
    here = a_member()
    first, second = kept_by(a_board(), here), a_board()
    begun, elsewhere = a_thread(board=first), a_thread(board=second)
    for number in range(3):
        post_by_newcomer(f"{SPAM} {number}", begun)
    item = the_campaign()
    assert extent_of(here, item.id) == campaigns.Extent(posts=3, members=3, threads=1, waiting=1)
    post_by_newcomer(f"{SPAM} 3", elsewhere)
    seen = campaigns.Extent(posts=3, members=3, threads=1, waiting=1, has_more_elsewhere=True)
    assert extent_of(here, item.id) == seen
    assert extent_of(moderator, item.id) == campaigns.Extent(posts=4, members=4, threads=2, waiting=2)


def reminded(hours: int) -> dict[str, str]:
    """The mails that are sent so many hours later, by address."""
    session.commit()
    with clock.frozen_at(clock.now() + timedelta(hours=hours)):
        remind()
    mails = {mail.recipient: mail.body for mail in session.scalars(select(Mail))}
    session.execute(delete(Mail))
    session.commit()
    return mails


def test_reminders_count_a_campaign_as_one_case(app_in_context: Flask) -> None:
    set_value("remind_hours", 24)
    mona, there = a_member("mona", role="moderator"), a_member("there")
    first, second = a_board(), kept_by(a_board(), there)
    begun, elsewhere = a_thread(board=first), a_thread(board=second)
    for number in range(4):
        post_by_newcomer(f"{SPAM} {number}", begun)
    for number in range(3):
        post_by_newcomer(f"{SPAM} {number + 4}", elsewhere)
    report_post(a_member(), a_post(thread=a_thread(board=second)), kind="spam", words="")
    mails = reminded(25)
    assert {address: "2 cases wait" in body for address, body in mails.items()} == {mona.email: True, there.email: True}
    assert reminded(30) == {}
    post_by_newcomer(f"{SPAM} 9", begun)
    assert reminded(80) == {}  # the campaign was told of


def test_a_moderator_decides_on_the_page(
    app: Flask, client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        a_member("mona", role="moderator")
        a_campaign(held=2)
        item_id = the_campaign().id
    log_in(client, "mona")
    row = "Nearly the same text in 4 threads by 4 members"
    assert row in client.get("/moderation/queue").get_data(as_text=True)
    assert row in client.get("/moderation").get_data(as_text=True)
    path = f"/moderation/campaigns/{item_id}"
    page = client.get(path).get_data(as_text=True)
    assert page.count("cheapest weight loss pills") == 4
    wrong = client.post(path, data={"csrf_token": token_in(page), "decision": "maybe", "reason": "kept words"})
    assert (wrong.status_code, "kept words" in wrong.get_data(as_text=True)) == (422, True)
    answer = client.post(path, data={"csrf_token": token_in(page), "decision": "spam"})
    with app.app_context():
        running.run(session.scalars(select(BulkAct.entry_id)).one(), seconds=60)  # what a busy machine left
    shown = client.get(answer.location).get_data(as_text=True)
    assert "4 posts removed as spam." in shown
    assert "/undo" in shown
    assert client.post(path, data={"csrf_token": token_in(page), "decision": "spam"}).status_code == 409
    assert client.get("/moderation/campaigns/999").status_code == 404
