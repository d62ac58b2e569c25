"""Programs of moderators read and write the notes on members, whom they are kept from."""

from forum.models.moderation.staff_note import MAX_STAFF_NOTE
from tests.api.conftest import MakeProgram, Writing
from tests.factories import a_member


def test_a_program_writes_reads_changes_and_deletes_notes(program: MakeProgram, writing: Writing) -> None:
    with writing():
        ids = [a_member("mona", role="moderator").id, a_member("max", role="moderator").id, a_member("ben").id]
        a_member("olaf", role="admin")
    mona, maxim = (program(name, scopes="read write moderate") for name in ("mona", "max"))
    path = f"/members/{ids[2]}/notes"
    made = mona.send("POST", path, {"note": "Watch them.\r\nTwice "}, status=201)
    assert (made["text"], made["author"]["username"], made["edited_at"]) == ("Watch them.\nTwice", "mona", None)
    listed = maxim.get(path)["items"]
    assert listed == [made | {"may_change": False, "may_delete": False}]
    one = f"{path}/{made['id']}"
    assert mona.send("PATCH", one, {"note": "Trust them."}, status=200)["text"] == "Trust them."
    maxim.send("PATCH", one, {"note": "No."}, status=403)
    maxim.send("DELETE", one, status=403)
    olaf = program("olaf", scopes="read write moderate")
    assert olaf.get(path)["items"][0]["may_delete"]
    assert olaf.ask("DELETE", one).status_code == 204
    assert olaf.ask("DELETE", one).status_code == 404
    assert mona.get(path)["items"] == []


def test_notes_are_kept_from_members_and_from_whom_they_are_about(program: MakeProgram, writing: Writing) -> None:
    with writing():
        mona, ben = a_member("mona", role="moderator").id, a_member("ben").id
        a_member("max", role="moderator")
    maxim = program("max", scopes="read write moderate")
    note = maxim.send("POST", f"/members/{mona}/notes", {"note": "Away in June."}, status=201)["id"]
    own = program("mona", scopes="read write moderate")
    own.get(f"/members/{mona}/notes", status=404)
    own.send("PATCH", f"/members/{mona}/notes/{note}", {"note": "Mine."}, status=404)
    own.send("PATCH", f"/members/{ben}/notes/{note}", {"note": "Mine."}, status=404)
    program("mona").get(f"/members/{ben}/notes", status=403)
    program("ben").get(f"/members/{ben}/notes", status=403)
    own.get("/members/999/notes", status=404)


def test_an_empty_or_long_note_is_refused_at_its_field(program: MakeProgram, writing: Writing) -> None:
    with writing():
        a_member("mona", role="moderator")
        path = f"/members/{a_member('ben').id}/notes"
    mona = program("mona", scopes="read write moderate")
    for body in ({}, {"note": " \n"}, {"note": "x" * (MAX_STAFF_NOTE + 1)}, {"note": 7}):
        assert set(mona.send("POST", path, body, status=422)["errors"]) == {"note"}
