"""Moderators read and decide appeals by programs."""

from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Decision, Post
from forum.moderation.appeals import making
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
