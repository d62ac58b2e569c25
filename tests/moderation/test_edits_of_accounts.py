"""What becomes of edits that wait when an account is closed, erased or merged."""

import pytest
from sqlalchemy import select

from forum.accounts.closing import close_for_member
from forum.accounts.erasing import continue_erasure
from forum.accounts.merging import continue_merge, start_merge
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session
from forum.models import AccountErasure, AccountMerge, HeldEdit, Post, SpamSample
from forum.moderation import edits
from forum.site.actions import set_value
from forum.threads import actions, drafts
from tests.factories import a_member, a_newcomer, a_post
from tests.moderation.test_hold_edits import LINK, assert_exact, case_of, waiting_text

pytestmark = pytest.mark.usefixtures("app_in_context")


@pytest.fixture
def post() -> Post:
    """A public reply of a new member, in a forum where new members' posts with links wait."""
    set_value("hold_links", True)
    return a_post(by=a_newcomer("nell"), body="I like apples")


def test_closing_the_account_withdraws_edits_as_drafts(post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    close_for_member(OPERATOR, post.author, at_once=False, deletes_posts=False)
    assert not post.has_held_edit
    assert drafts.find(post.author, f"post:{post.id}") is not None
    assert_exact()


def test_erasing_an_account_deletes_edits_and_forgets_what_was_learned_of_them(post: Post) -> None:
    nell = post.author
    actions.edit_post(nell, post, body=LINK)
    edits.approve(a_member(role="moderator"), case_of(post))
    actions.edit_post(nell, post, body=f"{LINK} and https://two.example")
    other = a_post(by=a_member("carl"))
    set_value("held_words", "casino")
    actions.edit_post(other.author, other, body="The casino, @nell")
    close_for_member(OPERATOR, nell, at_once=True, deletes_posts=True)
    while session.get(AccountErasure, nell.id):
        continue_erasure(nell.id)
    assert session.scalars(select(HeldEdit.post_id)).all() == [other.id]
    assert "nell" not in waiting_text(other)
    assert session.scalars(select(SpamSample).where(SpamSample.is_spam.is_not(None))).all() == []
    assert_exact()


def test_merging_accounts_moves_the_edit_that_waits(post: Post) -> None:
    nell, target = post.author, a_newcomer("target")
    actions.edit_post(nell, post, body=LINK)
    start_merge(OPERATOR, nell, target)
    while session.get(AccountMerge, nell.id):
        continue_merge(nell.id)
    session.expire_all()
    item = case_of(post)
    assert (item.member_id, item.post and item.post.author_id) == (target.id, target.id)
    edits.approve(a_member(role="moderator"), item)
    assert_exact()
