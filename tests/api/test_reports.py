"""Members report and moderators decide by programs, each with the scope for it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.api.conftest import MakeProgram
from tests.factories import a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


def test_a_program_reports_and_another_decides(program: MakeProgram, writing: Writing) -> None:
    with writing():
        ben = a_member("ben")
        post = a_post(thread=a_thread(), by=ben)
        post_id, member_id = post.id, ben.id
        a_member("anna")
        a_member("mona", role="moderator")
    anna = program("anna")
    made = anna.send("POST", "/reports", {"post_id": post_id, "kind": "spam"}, status=201)
    again = anna.send("POST", "/reports", {"post_id": post_id, "reason": "pills"}, status=201)
    assert (made["id"], again["kind"], again["reason"]) == (again["id"], "other", "pills")
    assert anna.send("POST", "/reports", {"member_id": member_id, "kind": "abuse"}, status=201)["post_id"] is None
    wrong: tuple[dict[str, object], ...] = (
        {},
        {"post_id": post_id, "member_id": member_id, "kind": "spam"},
        {"post_id": post_id, "kind": "other"},
    )
    fields = [set(anna.send("POST", "/reports", body, status=422)["errors"]) for body in wrong]
    assert fields == [{"post_id"}, {"post_id"}, {"reason"}]
    anna.send("POST", "/reports", {"post_id": 999, "kind": "spam"}, status=404)
    program("anna", scopes="read").send("POST", "/reports", {"post_id": post_id, "kind": "spam"}, status=403)
    anna.get("/moderation/reports", status=403)
    program("mona").get("/moderation/reports", status=403)
    mona = program("mona", scopes="read write moderate")
    listed = mona.get("/moderation/reports")["items"]
    assert [row["post"] and row["post"]["id"] for row in listed] == [post_id, None]
    path = f"/moderation/reports/{listed[0]['id']}"
    assert mona.get(path)["reports"][0]["member"]["username"] == "anna"
    taken = mona.send("PATCH", path, {"assignee": "mona", "note": "again"}, status=200)
    assert (taken["assignee"]["username"], taken["notes"][0]["note"]) == ("mona", "again")
    mona.send("PATCH", path, {"assignee": "anna"}, status=422)
    assert mona.send("PATCH", path, {"state": "upheld", "answer": "Gone."}, status=200)["state"] == "upheld"
    mona.send("PATCH", path, {"state": "dismissed"}, status=409)
    assert mona.send("PATCH", path, {"state": "open"}, status=200)["state"] == "open"
    assert len(mona.get("/moderation/reports?show=mine")["items"]) == 1
    mona.get("/moderation/reports/999", status=404)
