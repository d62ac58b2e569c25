"""Programs of moderators choose prepared reasons, whose rules the members read."""

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Decision, MemberWarning, ReasonFor, ReviewItem
from forum.moderation.appeals.making import appeal as make_appeal
from forum.site.actions import set_value
from forum.threads.actions import delete_post, reply
from tests.api.conftest import MakeProgram, Program, Writing
from tests.factories import a_member, a_newcomer, a_post, a_prepared_reason, a_thread, a_warning_kind

EVERY_ACT = tuple(act.value for act in ReasonFor)


@pytest.fixture
def mona(program: MakeProgram, writing: Writing) -> Program:
    """A moderator; reason 1 is for every act, reason 2 for answers only."""
    with writing():
        a_member("mona", role="moderator")
        a_prepared_reason("Insult", "It is rude.", rule="Be kind", acts=EVERY_ACT)
        a_prepared_reason("Only answers", "Thanks.", acts=("answer",))
    return program("mona", scopes="read write moderate")


def told(app: Flask) -> list[tuple[str, str, str]]:
    """The kind, reason and rule of every decision."""
    with app.app_context():
        rows = session.scalars(select(Decision).order_by(Decision.id))
        return [(row.kind, row.reason, row.rule) for row in rows]


def test_moderators_list_them(program: MakeProgram, mona: Program, writing: Writing) -> None:
    with writing():
        a_member("anna")
    rows = mona.get("/moderation/prepared-reasons")["items"]
    assert [(row["id"], row["title"], row["text"], row["rule"]) for row in rows] == [
        (1, "Insult", "It is rude.", "Be kind"),
        (2, "Only answers", "Thanks.", ""),
    ]
    assert (set(rows[0]["acts"]), rows[1]["acts"]) == (set(EVERY_ACT), ["answer"])
    program("mona").get("/moderation/prepared-reasons", status=403)
    program("anna").get("/moderation/prepared-reasons", status=403)


def test_every_act_on_content_takes_one(app: Flask, mona: Program, writing: Writing) -> None:
    with writing():
        ben = a_member("ben")
        post, other = a_post(by=ben).id, a_post(by=ben).id
        thread, second = a_thread(by=ben).id, a_thread(by=ben).id
        set_value("hold_first_posts", 5)
        waiting = reply(a_newcomer(), a_thread(), body="I wait")
        item = session.scalars(select(ReviewItem.id).where(ReviewItem.post_id == waiting.id)).one()
    chosen = {"prepared_reason": 1, "reason": "Really."}
    mona.send("PATCH", f"/posts/{post}", {"body": "Kind words", **chosen}, status=200)
    mona.send("PATCH", f"/threads/{thread}", {"title": "A kind title", **chosen}, status=200)
    for path in (f"/posts/{other}", f"/threads/{thread}"):
        assert mona.ask("DELETE", path, chosen).status_code == 204
    mona.send("POST", "/moderation/acts", {"act": "delete", "ids": [second], **chosen}, status=202)
    mona.send("POST", f"/moderation/queue/{item}", {"decision": "reject", **chosen}, status=200)
    kinds = ("post-edited", "title-edited", "post-deleted", "thread-deleted", "thread-deleted", "post-rejected")
    assert told(app) == [(kind, "It is rude. Really.", "Be kind") for kind in kinds]


def test_every_act_on_a_member_takes_one(app: Flask, mona: Program, writing: Writing) -> None:
    with writing():
        ben = a_member("ben").id
        kind, thread = a_warning_kind().id, a_thread().id
    chosen = {"prepared_reason": 1, "reason": "Really."}
    mona.send("POST", f"/members/{ben}/warnings", {"kind": kind, **chosen}, status=201)
    mona.send("POST", f"/threads/{thread}/bans", {"member_id": ben, **chosen}, status=201)
    mona.send("POST", f"/members/{ben}/ban", chosen, status=201)
    mona.send("POST", f"/members/{ben}/clean-spam", {"ban": "for-good", "name": "ben", **chosen}, status=202)
    kinds = ("warning", "thread-ban", "ban", "ban")
    assert told(app)[:4] == [(kind, "It is rude. Really.", "Be kind") for kind in kinds]
    with app.app_context():
        assert session.scalars(select(MemberWarning.rule)).one() == "Be kind"


def test_a_report_is_answered_with_one(app: Flask, mona: Program, writing: Writing) -> None:
    with writing():
        post = a_post().id
    mona.send("POST", "/reports", {"post_id": post, "kind": "spam"}, status=201)
    case = mona.get("/moderation/reports")["items"][0]["id"]
    path, body = f"/moderation/reports/{case}", {"state": "upheld", "answer": "See you"}
    mona.send("PATCH", path, body | {"prepared_answer": 3}, status=422)
    assert mona.send("PATCH", path, body | {"prepared_answer": 2}, status=200)["answer"] == "Thanks.\nSee you"


def test_blocks_withdrawals_and_answers_to_appeals_take_one(app: Flask, mona: Program, writing: Writing) -> None:
    with writing():
        ben, post = a_member("ben"), a_post(by=a_member("anna"))
        delete_post(a_member(role="moderator"), post, reason="Rude")
        case = make_appeal(post.author, session.scalars(select(Decision)).one(), "No.").item_id
        member, kind = ben.id, a_warning_kind().id
    chosen = {"prepared_reason": 1, "reason": "Really."}
    block = mona.send("POST", "/moderation/bans", {"value": "spam.example", **chosen}, status=201)
    assert block["reason"] == "It is rude. Really."
    warning = mona.send("POST", f"/members/{member}/warnings", {"kind": kind}, status=201)["id"]
    assert mona.ask("DELETE", f"/members/{member}/warnings/{warning}", chosen).status_code == 204
    with app.app_context():
        assert session.scalars(select(MemberWarning.withdraw_reason)).one() == "It is rude. Really."
    path, wrong = f"/moderation/appeals/{case}", {"decision": "reverse", "prepared_reason": 2}
    assert set(mona.send("PATCH", path, wrong, status=422)["errors"]) == {"prepared_reason"}
    decided = mona.send("PATCH", path, {"decision": "reverse", **chosen}, status=200)
    assert decided["answer"] == "It is rude.\nReally."


def test_one_that_is_not_offered_for_the_act_is_refused_at_its_field(
    app: Flask, mona: Program, writing: Writing
) -> None:
    with writing():
        post, title = a_post(by=a_member()).id, a_thread(by=a_member()).id
    wrong = {"prepared_reason": 2}
    assert set(mona.send("DELETE", f"/posts/{post}", wrong, status=422)["errors"]) == {"prepared_reason"}
    edit = {"body": "Kind words", "prepared_reason": 99}
    assert set(mona.send("PATCH", f"/posts/{post}", edit, status=422)["errors"]) == {"prepared_reason"}
    long = {"title": "A kind title", "prepared_reason": 1, "reason": "y" * 195}
    assert set(mona.send("PATCH", f"/threads/{title}", long, status=422)["errors"]) == {"reason"}
    assert told(app) == []
