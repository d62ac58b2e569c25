"""Moderators of one board decide their part of a campaign that began in another, of which they learn nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.undo import actions as undoing
from forum.admin.undo import running
from forum.archive import check
from forum.infra.database.db import session
from forum.infra.errors import Conflict, NotFound
from forum.models import BulkAct, Member, Post, ReviewItem, Thread, Visibility
from forum.moderation import campaigns
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_thread
from tests.moderation.test_campaigns import SPAM, extent_of, kept_by, post_by_newcomer, run, the_campaign


@pytest.fixture
def moderator(app_in_context: Flask) -> Member:
    return a_member(role="moderator")


def a_wave_over_two_boards(here: Member, there: Member) -> tuple[ReviewItem, list[Post]]:
    """A campaign that began in the board of `here`, and its posts in that of `there`."""
    begun, elsewhere = (a_thread(board=kept_by(a_board(), keeper)) for keeper in (here, there))
    for number in range(3):
        post_by_newcomer(f"{SPAM} {number}", begun)
    posts = [post_by_newcomer(f"{SPAM} {number + 3}", elsewhere) for number in range(4)]
    return the_campaign(), posts


@pytest.mark.parametrize(("decision", "state"), [("spam", Visibility.REJECTED), ("fine", Visibility.PUBLIC)])
def test_of_a_campaign_begun_elsewhere_moderators_decide_their_part(
    moderator: Member, decision: str, state: Visibility
) -> None:
    here, there, nowhere = a_member(), a_member(), a_member()
    kept_by(a_board(), nowhere)
    item, posts = a_wave_over_two_boards(here, there)
    assert campaigns.open_campaigns(there) == [item]
    assert campaigns.open_campaigns(nowhere) == []
    with pytest.raises(NotFound):
        campaigns.find(nowhere, item.id)
    extent = extent_of(there, item.id)
    assert (extent.is_part, extent.posts, extent.waiting, extent.members) == (True, 4, 4, 4)
    act = campaigns.decide(there, campaigns.find(there, item.id), decision)
    run(act)
    assert [session.get_one(Post, post.id, populate_existing=True).visibility for post in posts] == [state] * 4
    assert (campaigns.find(moderator, item.id).decided_at, extent_of(moderator, item.id).waiting) == (None, 1)
    assert campaigns.open_campaigns(there) == []
    with pytest.raises(Conflict):
        campaigns.decide(there, campaigns.find(there, item.id), decision)
    undoing.undo(there, undoing.logged_entry(act.entry_id))
    undo = session.scalars(select(BulkAct.entry_id).order_by(BulkAct.entry_id.desc()).limit(1)).one()
    session.commit()
    running.run(undo, seconds=60)
    assert extent_of(there, item.id).waiting == 4
    assert list(check.check()) == []


def test_a_part_is_still_decided_when_the_rest_of_the_campaign_is(moderator: Member) -> None:
    here, there = a_member(), a_member()
    item, _ = a_wave_over_two_boards(here, there)
    run(campaigns.decide(here, campaigns.find(here, item.id), "spam"))
    assert campaigns.open_campaigns(there) == [item]
    run(campaigns.decide(there, campaigns.find(there, item.id), "spam"))
    assert campaigns.open_campaigns(there) == []


def test_the_page_of_a_part_tells_nothing_of_where_the_campaign_began(
    client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        here, there = a_member("here"), a_member("there")
        item, _ = a_wave_over_two_boards(here, there)
        path = f"/moderation/campaigns/{item.id}"
        hidden = session.get_one(Thread, session.get_one(Post, item.post_id).thread_id)
        secrets = (hidden.title, session.get_one(Member, item.member_id).username)
    log_in(client, "there")
    pages = [client.get(address).get_data(as_text=True) for address in ("/moderation/queue", path)]
    assert "Part of a campaign that began in another board" in pages[0]
    assert "All 4 posts are spam" in pages[1]
    assert not [secret for secret in secrets for page in pages if secret in page]
