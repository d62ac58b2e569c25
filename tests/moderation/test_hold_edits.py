"""Edits that wait: the approved text stays public until a moderator has decided about the new one."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.admin.undo import actions as undoing
from forum.archive.check import check
from forum.decisions.actions import Grounds
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, NotFound, TooSoon
from forum.models import (
    BoardApproval,
    Decision,
    HeldEdit,
    LogEntry,
    Member,
    Notification,
    Post,
    ReviewItem,
    ReviewKind,
    SpamSample,
    Thread,
)
from forum.moderation import edits, queue, tools
from forum.moderation.edits import Correction
from forum.search.index.index_check import index_problems
from forum.site.actions import set_value
from forum.threads import actions, drafts, queries
from forum.threads.approval import holding
from forum.threads.approval.edits import waiting_edit, withdraw_edit
from tests.factories import a_board, a_member, a_newcomer, a_post, a_thread
from tests.search.queries import ask

pytestmark = pytest.mark.usefixtures("app_in_context")
LINK = "Look at https://pills.example/now"


@pytest.fixture
def moderator(app_in_context: Flask) -> Member:
    """A moderator of all boards, in a forum where new members' posts with links wait."""
    assert app_in_context.name
    set_value("hold_links", True)
    return a_member("mona", role="moderator")


@pytest.fixture
def post(moderator: Member) -> Post:
    """A public reply of a new member."""
    assert moderator.is_moderator
    return a_post(by=a_newcomer("nell"), body="I like apples")


def case_of(post: Post) -> ReviewItem:
    """The newest case of an edit of a post."""
    theirs = select(ReviewItem).where(ReviewItem.post_id == post.id, ReviewItem.kind == ReviewKind.HELD_EDIT.value)
    item = session.scalars(theirs.order_by(ReviewItem.id.desc()).limit(1)).one()
    return edits.find_item(item.id)


def first_post(thread: Thread) -> Post:
    return session.scalars(select(Post).where(Post.thread_id == thread.id, Post.position == 1)).one()


def waiting_text(post: Post) -> str:
    edit = waiting_edit(post)
    assert edit is not None
    return edit.source


def told_of_edits() -> list[Notification]:
    """All that members are told, but that somebody replied or that something waits."""
    others = (Notification.kind.not_in(("reply", "queue")), Notification.withdrawn_at.is_(None))
    return list(session.scalars(select(Notification).where(*others)))


def assert_exact() -> None:
    """Every counter, flag and row of the index is as a recount says."""
    session.flush()
    session.expire_all()
    assert [*map(str, check()), *index_problems("en")] == []


def test_an_edit_with_a_link_by_a_new_member_waits_and_the_approved_text_stays(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    assert (post.source, post.revision_count, post.is_public) == ("I like apples", 0, True)
    assert waiting_text(post) == LINK
    items, _ = queue.waiting(moderator, 1)
    assert [(item.kind, item.post_id, item.held_for) for item in items] == [("held-edit", post.id, "links")]
    assert_exact()


def test_what_waits_is_not_found_by_search(post: Post) -> None:
    actions.edit_post(post.author, post, body="I sell zeppelins https://pills.example")
    assert ask("zeppelins").hits == []
    assert len(ask("apples").hits) == 1


def test_a_corrected_typo_beside_an_approved_link_does_not_wait(moderator: Member) -> None:
    nell = a_newcomer()
    set_value("hold_links", False)
    post = a_post(by=nell, body=f"{LINK} and teh rest")
    set_value("hold_links", True)
    actions.edit_post(nell, post, body=f"{LINK} and the rest")
    assert (post.has_held_edit, post.revision_count) == (False, 1)
    actions.edit_post(nell, post, body=f"{LINK} and https://other.example/x")
    assert post.has_held_edit
    assert moderator.is_moderator


def test_only_words_that_an_edit_adds_hold_it(moderator: Member) -> None:
    member = a_member()
    post = a_post(by=member, body="A casino in a novel")
    set_value("held_words", "casino\nlottery")
    actions.edit_post(member, post, body="The casino in the novel")
    assert post.revision_count == 1
    actions.edit_post(member, post, body="The casino and the lottery")
    assert case_of(post).held_for == "word:lottery"
    assert moderator.is_moderator


@pytest.mark.parametrize("approval", [BoardApproval.ALL, BoardApproval.THREADS])
def test_boards_that_approve_hold_edits_of_first_posts_and_titles(moderator: Member, approval: str) -> None:
    board, anna = a_board(), a_member()
    thread = a_thread(by=anna, board=board, title="Approved title", body="Approved words")
    board.approval = approval
    session.flush()
    post = first_post(thread)
    actions.edit_post(anna, post, body="Other words")
    actions.change_title(anna, thread, title="Other title")
    assert (post.source, thread.title) == ("Approved words", "Approved title")
    edits.approve(moderator, case_of(post))
    assert (post.source, thread.title) == ("Other words", "Other title")
    assert_exact()


def test_staff_and_trusted_members_edit_at_once(moderator: Member) -> None:
    own = a_post(by=moderator)
    actions.edit_post(moderator, own, body=LINK)
    theirs = a_post(by=a_member(role="admin"))
    actions.edit_post(theirs.author, theirs, body=LINK)
    assert (own.revision_count, theirs.revision_count) == (1, 1)


def test_editing_again_replaces_what_waits_and_a_harmless_edit_ends_it(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    actions.edit_post(post.author, post, body=f"{LINK} again")
    assert waiting_text(post) == f"{LINK} again"
    assert session.scalar(select(func.count(ReviewItem.id))) == 1
    item = case_of(post)
    actions.edit_post(post.author, post, body="I like pears")
    assert (post.source, post.has_held_edit) == ("I like pears", False)
    with pytest.raises(Conflict, match="has withdrawn"):
        edits.approve(moderator, item)
    assert_exact()


def test_an_author_who_saves_the_approved_text_takes_their_edit_back(post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    actions.edit_post(post.author, post, body="I like apples")
    assert (post.has_held_edit, post.revision_count) == (False, 0)


def test_withdrawing_keeps_the_text_as_a_draft_and_only_the_author_may(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    with pytest.raises(NotFound):
        withdraw_edit(moderator, post)
    withdraw_edit(post.author, post)
    draft = drafts.find(post.author, f"post:{post.id}")
    assert draft is not None
    assert draft.body == LINK
    with pytest.raises(Conflict, match="not waiting"):
        withdraw_edit(post.author, post)
    assert_exact()


def test_approving_makes_it_public_as_the_authors_edit_and_tells_them(moderator: Member, post: Post) -> None:
    anna = a_member("anna")
    actions.edit_post(post.author, post, body=f"@anna {LINK}")
    queue.decide(moderator, case_of(post), decision="approve", revision=1)
    assert (post.revision_count, post.editor_id, "pills.example" in post.html) == (1, post.author_id, True)
    kinds = {alert.member_id: alert.kind for alert in told_of_edits()}
    assert kinds == {anna.id: "mention", post.author_id: "edit-approved"}
    with pytest.raises(Conflict, match="decided this already"):
        edits.approve(moderator, case_of(post))
    assert_exact()


def test_undoing_an_approval_restores_the_text_takes_alerts_back_and_lets_it_wait(
    moderator: Member, post: Post
) -> None:
    a_member("anna")
    actions.edit_post(post.author, post, body=f"@anna {LINK}")
    entry = edits.approve(moderator, case_of(post))
    undoing.undo(moderator, undoing.logged_entry(entry.id))
    assert (post.source, post.has_held_edit) == ("I like apples", True)
    assert told_of_edits() == []
    assert session.scalars(select(Decision)).all() == []
    again = session.scalars(select(LogEntry).where(LogEntry.action == "hold-edit")).one()
    undoing.undo(moderator, undoing.logged_entry(again.id))
    assert "pills.example" in post.source
    assert_exact()


def test_an_approval_is_not_undone_once_the_post_has_changed_again(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    edits.approve(moderator, case_of(post))
    actions.edit_post(moderator, post, body="Changed by staff")
    with pytest.raises(Conflict):
        queue.reopen(moderator, case_of(post))
    assert post.source == "Changed by staff"


def test_the_author_reads_why_an_edit_was_rejected_and_gets_the_text_back(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    queue.decide(moderator, case_of(post), decision="reject", grounds=Grounds("No shops here"))
    told = session.scalars(select(Decision)).one()
    assert (told.kind, told.member_id, told.reason, told.text) == (
        "edit-rejected",
        post.author_id,
        "No shops here",
        LINK,
    )
    assert (post.source, post.has_held_edit, post.is_public) == ("I like apples", False, True)
    queue.reopen(moderator, case_of(post))
    session.refresh(told)
    assert told.ended_at is not None
    assert waiting_text(post) == LINK
    assert_exact()


def test_a_moderator_corrects_an_edit_and_approves_it(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    edits.approve(moderator, case_of(post), correction=Correction("Without the link", None, 0))
    assert (post.source, post.revision_count, post.editor_id) == ("Without the link", 2, moderator.id)
    queue.reopen(moderator, case_of(post))
    assert (post.source, waiting_text(post)) == ("I like apples", LINK)
    assert_exact()


def test_what_was_read_counts_when_the_author_or_staff_changed_it_meanwhile(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    actions.edit_post(post.author, post, body=f"{LINK} and more")
    with pytest.raises(Conflict, match="author has changed"):
        queue.decide(moderator, case_of(post), decision="approve", revision=1)
    actions.edit_post(moderator, post, body="Staff wrote this")
    with pytest.raises(Conflict, match="changed after this edit"):
        queue.decide(moderator, case_of(post), decision="approve", revision=2)
    edits.approve(moderator, case_of(post), correction=Correction("Both", None, 1))
    assert post.source == "Both"
    assert_exact()


def test_deleting_the_post_ends_its_edit_and_says_so(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    item = case_of(post)
    actions.delete_post(moderator, post)
    with pytest.raises(Conflict, match="was deleted meanwhile"):
        edits.approve(moderator, item)
    assert_exact()


def test_an_edit_in_a_deleted_thread_is_approved_without_alerts(moderator: Member, post: Post) -> None:
    a_member("anna")
    actions.edit_post(post.author, post, body=f"@anna {LINK}")
    tools.delete_thread(moderator, post.thread)
    edits.approve(moderator, case_of(post))
    assert "pills.example" in post.source
    assert session.scalars(select(Notification).where(Notification.kind == "mention")).all() == []
    assert_exact()


def test_the_filter_learns_from_edits_and_forgets_what_is_undone(moderator: Member, post: Post) -> None:
    def learned() -> list[bool]:
        return list(session.scalars(select(SpamSample.is_spam).where(SpamSample.is_spam.is_not(None))))

    actions.edit_post(post.author, post, body=LINK)
    queue.decide(moderator, case_of(post), decision="spam")
    assert learned() == [True]
    queue.reopen(moderator, case_of(post))
    assert learned() == []
    queue.decide(moderator, case_of(post), decision="approve")
    assert learned() == [False]


def test_a_moderator_of_another_board_cannot_decide(post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    with pytest.raises(Forbidden):
        edits.approve(a_member(), case_of(post))


def test_no_member_has_more_edits_and_posts_waiting_than_posts_may_wait(moderator: Member) -> None:
    nell = a_member()
    posts = [a_post(by=nell) for _ in range(holding.MAX_WAITING + 1)]
    set_value("held_words", "casino")
    for post in posts[:-1]:
        actions.edit_post(nell, post, body="casino")
    with pytest.raises(TooSoon):
        actions.edit_post(nell, posts[-1], body="casino")
    actions.edit_post(nell, posts[0], body="casino again")
    assert moderator.is_moderator


def test_an_edit_of_a_post_that_waits_itself_changes_it_at_once(moderator: Member) -> None:
    set_value("hold_first_posts", 1)
    nell = a_newcomer()
    held = actions.reply(nell, a_thread(), body="I wait")
    actions.edit_post(nell, held, body=LINK)
    assert (held.source, held.has_held_edit) == (LINK, False)
    assert moderator.is_moderator


def test_others_get_the_approved_text_wherever_they_read_it(moderator: Member, post: Post) -> None:
    actions.edit_post(post.author, post, body=LINK)
    for actor in (None, a_member(), moderator, post.author):
        assert queries.find_post(actor, post.id).source == "I like apples"
    assert session.scalars(select(HeldEdit.source)).all() == [LINK]
