"""Entries of the log about what is gone are shown, and offer no undoing; neither does the API."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from forum.admin import board_actions, row_actions
from forum.admin.groups import group_actions
from forum.admin.row_types import SMILIES
from forum.admin.undo.actions import find_logged, state_of, states_of
from forum.infra import clock
from forum.infra.database.db import session
from forum.members import sanctions
from forum.members.bans import thread_bans
from forum.models import LogChange, LogEntry, Member, PostRevision, Smilie, Thread
from forum.threads import actions
from tests.admin.conftest import Send
from tests.admin.pages import member, parsed, seen_in
from tests.factories import a_board, a_group, a_member, a_post, a_thread
from tests.middleware.guests import Writing, statements


def newest_change() -> LogEntry:
    session.flush()
    return session.scalars(
        select(LogEntry).join(LogChange, LogChange.entry_id == LogEntry.id).order_by(LogEntry.id.desc()).limit(1)
    ).one()


def offers(actor: Member, entry: LogEntry) -> bool:
    """Whether undoing an entry is offered, by the list and by its page alike."""
    session.flush()
    in_list = bool(states_of(actor, [entry])[entry.id])
    logged = find_logged(actor, entry.id, actions=())
    present, verdict = state_of(actor, logged)
    on_page = bool(verdict) and logged.change is not None and dict(present or {}) == logged.change.now
    assert in_list == on_page
    return on_page


def test_changes_of_deleted_rows_groups_and_boards_offer_no_undoing(olaf: Member) -> None:
    smilie = row_actions.create_row(olaf, SMILIES, {"code": ":tea:", "name": "tea", "symbol": "🍵", "text_codes": ""})
    made = newest_change()
    assert offers(olaf, made)
    row_actions.change_row(olaf, SMILIES, smilie, {"name": "green tea"})
    assert not offers(olaf, made), "it was changed since"
    renamed = newest_change()
    board, group, anna = a_board("Talk"), a_group("Planners"), a_member("anna")
    board_actions.change_board(olaf, board, {"description": "Words"})
    described = newest_change()
    group_actions.change_group(olaf, group, {"title": "Makers"})
    called = newest_change()
    group_actions.add_member(olaf, group, anna)
    joined = newest_change()
    every = (renamed, described, called, joined)
    assert [offers(olaf, entry) for entry in every] == [True] * 4
    row_actions.delete_row(olaf, SMILIES, smilie)
    unmade = newest_change()
    board_actions.delete_board(olaf, board)
    group_actions.delete_group(olaf, group)
    assert [offers(olaf, entry) for entry in every] == [False] * 4
    assert offers(olaf, unmade), "a deleted smilie is made again"


def test_what_never_said_that_it_was_deleted_is_noticed_too(olaf: Member) -> None:
    smilie = row_actions.create_row(olaf, SMILIES, {"code": ":tea:", "name": "tea", "symbol": "🍵", "text_codes": ""})
    made = newest_change()
    session.execute(delete(Smilie).where(Smilie.id == smilie.id))
    assert not offers(olaf, made)


def test_changes_of_closed_accounts_and_erased_threads_offer_no_undoing(olaf: Member) -> None:
    anna, bert, thread = a_member("anna"), a_member("bert"), a_thread()
    sanctions.ban(olaf, anna, reason="spam")
    ban = newest_change()
    thread_bans.ban_from_thread(olaf, bert, thread, reason="noise", until=None)
    thread_ban = newest_change()
    assert offers(olaf, ban)
    assert offers(olaf, thread_ban)
    anna.closed_at = clock.now()
    session.execute(delete(Thread).where(Thread.id == thread.id))
    session.expire_all()
    assert not offers(olaf, ban)
    assert not offers(olaf, thread_ban)


def test_an_edit_whose_earlier_text_was_erased_offers_no_undoing_on_its_page(olaf: Member) -> None:
    post = a_post(body="One.")
    actions.edit_post(olaf, post, body="Two.")
    edit = newest_change()
    assert offers(olaf, edit)
    session.execute(delete(PostRevision))
    assert not state_of(olaf, find_logged(olaf, edit.id, actions=()))[1]


def test_the_pages_say_why_and_show_no_button(client: FlaskClient, admin: Send, writing: Writing) -> None:
    seen = seen_in(client, "/admin/boards/1")
    answer = admin("/admin/boards/1", title="Talk", description="Words", rules="", seen=seen)
    assert answer.status_code == 303
    with writing():
        entry = newest_change()
        number = entry.id
    assert parsed(client.get(f"/moderation/log/{number}")).select_one(f"form[action='/moderation/log/{number}/undo']")
    with writing():
        board_actions.delete_board(member("olaf"), board_actions.find_board(1))
    page = parsed(client.get(f"/moderation/log/{number}"))
    assert page.select_one(f"form[action='/moderation/log/{number}/undo']") is None
    assert "no longer exists" in page.get_text()
    link = parsed(client.get("/moderation/log")).select_one(f"td a[href='/moderation/log/{number}']")
    assert link is not None
    assert link.get_text().startswith("Show")


def test_a_page_of_the_log_costs_no_more_statements_for_more_entries(app_in_context: Flask, olaf: Member) -> None:
    board = a_board("Talk")
    for number in range(6):
        board_actions.change_board(olaf, board, {"description": f"Words {number}"})
    session.flush()
    entries = list(session.scalars(select(LogEntry).where(LogEntry.action == "change-board")))
    counts = []
    for part in (entries, entries[:2], entries):  # the first time reads what is kept for all
        with statements(app_in_context) as seen:
            states_of(olaf, part)
        counts.append(len(seen))
    assert len(entries) == 6
    assert counts[1] == counts[2]
