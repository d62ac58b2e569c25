"""Moderators read and decide appeals by programs."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.members.bans.thread_bans import ban_from_thread
from forum.models import Decision, Post
from forum.moderation.appeals import making
from forum.site.actions import set_value
from forum.threads import actions
from tests.api.conftest import MakeProgram, Writing
from tests.factories import a_member, a_post, a_thread


def test_a_program_reads_and_decides_appeals(app: Flask, program: MakeProgram, writing: Writing) -> None:
    with writing():
        keeper, anna = a_member("mona", role="moderator"), a_member("anna")
        a_member("max", role="moderator")
        post = a_post(thread=a_thread(), by=anna, body="Words of anna")
        actions.delete_post(keeper, post, reason="Rude")
        making.appeal(anna, session.scalars(select(Decision)).one(), "No.")
        post_id = post.id
    program("max").get("/moderation/appeals", status=403)
    maxim = program("max", scopes="read write moderate")
    (row,) = maxim.get("/moderation/appeals")["items"]
    assert (row["state"], row["against"], row["member"]["username"]) == ("open", "post-deleted", "anna")
    path = f"/moderation/appeals/{row['id']}"
    whole = maxim.get(path)
    assert (whole["words"], whole["removed_text"], whole["by"]["username"]) == ("No.", "Words of anna", "mona")
    assert whole["may_decide"]
    mona = program("mona", scopes="read write moderate")
    assert not mona.get(path)["may_decide"]
    mona.send("PATCH", path, {"decision": "uphold", "reason": "No."}, status=403)
    maxim.send("PATCH", path, {"decision": "other", "reason": "No."}, status=422)
    assert set(maxim.send("PATCH", path, {"decision": "reverse"}, status=422)["errors"]) == {"reason"}
    done = maxim.send("PATCH", path, {"decision": "reverse", "reason": "Yes."}, status=200)
    assert (done["state"], done["answer"], done["may_decide"]) == ("reverse", "Yes.", False)
    maxim.send("PATCH", path, {"decision": "uphold", "reason": "No."}, status=409)
    assert len(maxim.get("/moderation/appeals?show=decided")["items"]) == 1
    with app.app_context():
        assert session.get_one(Post, post_id).is_public
        assert session.get_one(Decision, 1).ended_at is not None


def test_a_member_lists_decisions_and_appeals_once_by_a_program(
    app: Flask, program: MakeProgram, writing: Writing
) -> None:
    with writing():
        keeper, anna = a_member("mona", role="moderator"), a_member("anna")
        a_member("max", role="moderator")
        post = a_post(thread=a_thread(title="The thread"), by=anna, body="Words of anna")
        actions.delete_post(keeper, post, reason="Rude", rule="Be kind")
        ban_from_thread(keeper, anna, a_thread(), until=clock.now() + timedelta(days=3))
        actions.delete_post(keeper, a_post(by=a_member("ben")))
    maker = program("anna")
    thread_ban, deleted = maker.get("/me/decisions")["items"]
    assert (deleted["kind"], deleted["reason"], deleted["rule"]) == ("post-deleted", "Rude", "Be kind")
    assert (deleted["removed_text"], deleted["title"], deleted["can_appeal"]) == ("Words of anna", "The thread", True)
    assert "mona" not in str(deleted)
    assert maker.get(f"/me/decisions/{thread_ban['id']}")["until"] is not None
    path = f"/me/decisions/{deleted['id']}"
    for wrong in ({}, {"words": " "}, {"words": "y" * 2001}):
        assert set(maker.send("POST", f"{path}/appeal", wrong, status=422)["errors"]) == {"words"}
    program("anna", scopes="read").send("POST", f"{path}/appeal", {"words": "No."}, status=403)
    made = maker.send("POST", f"{path}/appeal", {"words": "It was not."}, status=201)
    assert (made["appeal"]["state"], made["appeal"]["words"], made["can_appeal"]) == ("open", "It was not.", False)
    again = maker.send("POST", f"{path}/appeal", {"words": "Again."}, status=201)
    assert again["appeal"]["words"] == "It was not."
    decider = program("max", scopes="read write moderate")
    (row,) = decider.get("/moderation/appeals")["items"]
    decider.send("PATCH", f"/moderation/appeals/{row['id']}", {"decision": "reverse", "reason": "Right."}, status=200)
    answered = maker.get(path)
    assert (answered["appeal"]["state"], answered["appeal"]["answer"]) == ("reverse", "Right.")
    assert answered["ended_at"] is not None
    assert "max" not in str(answered)


def test_decisions_about_others_and_late_appeals_are_refused_to_programs(
    program: MakeProgram, writing: Writing
) -> None:
    with writing():
        keeper = a_member("mona", role="moderator")
        actions.delete_post(keeper, a_post(by=a_member("ben")))
        a_member("anna")
        decision = session.scalars(select(Decision.id)).one()
    program("anna").get(f"/me/decisions/{decision}", status=404)
    program("anna").send("POST", f"/me/decisions/{decision}/appeal", {"words": "No."}, status=404)
    assert program("anna").get("/me/decisions")["items"] == []
    with writing():
        set_value("appeal_days", 0)
    ben = program("ben")
    shown = ben.get(f"/me/decisions/{decision}")
    assert (shown["can_appeal"], shown["appeal_until"]) == (False, None)
    ben.send("POST", f"/me/decisions/{decision}/appeal", {"words": "No."}, status=403)
