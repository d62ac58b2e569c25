"""Programs of moderators list campaigns and decide each as one case."""

from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import BuiltInGroup, Decision, Group, Post, ReviewItem, ReviewKind
from forum.threads import actions
from tests.api.conftest import MakeProgram, Writing
from tests.factories import (
    a_board,
    a_group,
    a_list,
    a_member,
    a_newcomer,
    a_prepared_reason,
    a_thread,
    an_entry,
)

SPAM = "Our clinic offers the cheapest weight loss pills of the whole country, ask us today by mail"


def a_campaign() -> int:
    """Three posts alike in a board that keeper moderates too, and one in another; both are mona's."""
    mona, keeper = a_member("mona", role="moderator"), a_member("keeper")
    here, there = a_board(), a_board()
    members, staff = (session.get_one(Group, each) for each in (BuiltInGroup.MEMBERS, BuiltInGroup.MODERATORS))
    a_list(here, *(an_entry(each, moderates=each is not members) for each in (members, staff, a_group(None, keeper))))
    assert mona.id != keeper.id
    for number, thread in enumerate((*[a_thread(board=here)] * 3, a_thread(board=there))):
        actions.reply(a_newcomer(), thread, body=f"{SPAM} {number}")
    return session.scalars(select(ReviewItem.id).where(ReviewItem.kind == ReviewKind.CAMPAIGN.value)).one()


def test_a_program_lists_campaigns_and_decides_one(app: Flask, program: MakeProgram, writing: Writing) -> None:
    with writing():
        campaign = a_campaign()
        reason = a_prepared_reason("Spam", "It advertises.", rule="No ads", acts=("reject",)).id
        a_member("anna")
    mona, path = program("mona", scopes="read write moderate"), f"/moderation/campaigns/{campaign}"
    (row,) = mona.get("/moderation/campaigns")["items"]
    assert (row["id"], row["state"], row["posts"], row["members"], row["threads"]) == (campaign, "open", 4, 4, 2)
    assert not row["has_more_elsewhere"]
    whole = mona.get(path)
    assert (whole["page"]["total"], len(whole["items"]), len(whole["authors"])) == (4, 4, 4)
    assert [each["visibility"] for each in whole["items"]] == ["public", "public", "held", "held"]
    mona.get(f"{path}?page=2", status=404)
    mona.get("/moderation/campaigns/999", status=404)
    program("mona").get("/moderation/campaigns", status=403)
    program("anna").get(path, status=403)
    mona.send("POST", path, {"decision": "maybe"}, status=422)
    mona.send("POST", path, {"decision": "spam", "prepared_reason": 999}, status=422)
    act = mona.send("POST", path, {"decision": "spam", "prepared_reason": reason}, status=202)
    assert act["act"] == "spam-posts"
    mona.send("POST", path, {"decision": "fine"}, status=409)
    assert mona.get("/moderation/campaigns")["items"] == []
    assert mona.get(path)["state"] == "spam"
    with app.app_context():
        told = {(row.reason, row.rule) for row in session.scalars(select(Decision))}
        assert told <= {("It advertises.", "No ads")}
        assert not any(post.is_held for post in session.scalars(select(Post))) or not act["is_finished"]


def test_a_moderator_of_one_board_sees_only_what_is_there(program: MakeProgram, writing: Writing) -> None:
    with writing():
        campaign = a_campaign()
    keeper = program("keeper", scopes="read write moderate")
    (row,) = keeper.get("/moderation/campaigns")["items"]
    assert (row["posts"], row["members"], row["threads"], row["has_more_elsewhere"]) == (3, 3, 1, True)
    whole = keeper.get(f"/moderation/campaigns/{campaign}")
    assert (whole["page"]["total"], len(whole["authors"]), f"{SPAM} 3" in str(whole)) == (3, 3, False)
    act = keeper.send("POST", f"/moderation/campaigns/{campaign}", {"decision": "fine"}, status=202)
    assert len(act["results"]) == 3


def test_a_program_decides_the_part_of_a_campaign_begun_elsewhere(program: MakeProgram, writing: Writing) -> None:
    with writing():
        a_member("mona", role="moderator")
        keeper, begun, theirs = a_member("keeper"), a_thread(), a_thread(board=a_board())
        members = session.get_one(Group, BuiltInGroup.MEMBERS)
        a_list(theirs.board, an_entry(members), an_entry(a_group(None, keeper), moderates=True))
        for number, thread in enumerate((begun, begun, begun, theirs)):
            actions.reply(a_newcomer(), thread, body=f"{SPAM} {number}")
    keep, mona = (program(name, scopes="read write moderate") for name in ("keeper", "mona"))
    (row,) = keep.get("/moderation/campaigns")["items"]
    told = (row["state"], row["is_part"], row["posts"], row["waiting"], row["has_more_elsewhere"])
    assert told == ("open", True, 1, 1, True)
    path = f"/moderation/campaigns/{row['id']}"
    assert len(keep.get(path)["items"]) == 1
    keep.send("POST", path, {"decision": "spam"}, status=202)
    assert keep.get(path)["state"] == "done"
    assert keep.get("/moderation/campaigns")["items"] == []
    keep.send("POST", path, {"decision": "fine"}, status=409)
    mona.send("POST", path, {"decision": "spam"}, status=202)
    decided = keep.get(path)
    assert (decided["state"], decided["decided_at"], decided["decided_by"]) == ("done", None, None)
