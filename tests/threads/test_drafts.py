"""Drafts are stored until they are posted."""

import pytest
from flask import Flask

from forum.infra.errors import Invalid
from forum.threads import actions, drafts
from tests.factories import a_board, a_member, a_thread


def test_a_draft_is_restored_in_its_form_and_only_for_its_member(app_in_context: Flask) -> None:
    anna, ben = a_member(), a_member()
    drafts.save(anna, place="thread:7", body="half a thought")
    drafts.save(anna, place="thread:7", body="half a thought more")
    draft = drafts.find(anna, "thread:7")
    assert draft is not None
    assert draft.body == "half a thought more"
    assert drafts.find(ben, "thread:7") is None
    assert drafts.find(None, "thread:7") is None


def test_posting_deletes_the_draft(app_in_context: Flask) -> None:
    anna, board, thread = a_member(), a_board(), a_thread()
    drafts.save(anna, place=f"thread:{thread.id}", body="a reply")
    drafts.save(anna, place=f"board:{board.id}", title="A thread", body="its post")
    actions.reply(anna, thread, body="a reply")
    actions.start_thread(anna, board, title="A thread", body="its post")
    assert drafts.find(anna, f"thread:{thread.id}") is None
    assert drafts.find(anna, f"board:{board.id}") is None


def test_an_empty_draft_is_not_stored(app_in_context: Flask) -> None:
    anna = a_member()
    drafts.save(anna, place="board:1", title="A title")
    drafts.save(anna, place="board:1", title="  ", body="")
    assert drafts.find(anna, "board:1") is None


@pytest.mark.parametrize("place", ["", "thread:", "thread:x", "member:1", "thread:1:2", "thread:٣", "post:" + "9" * 40])
def test_a_draft_needs_a_valid_place(app_in_context: Flask, place: str) -> None:
    with pytest.raises(Invalid):
        drafts.save(a_member(), place=place, body="x")


def test_a_member_has_at_most_200_drafts(app_in_context: Flask) -> None:
    anna = a_member()
    for number in range(205):
        drafts.save(anna, place=f"thread:{number}", body="x")
    kept = [number for number in range(205) if drafts.find(anna, f"thread:{number}")]
    assert kept == list(range(5, 205))
