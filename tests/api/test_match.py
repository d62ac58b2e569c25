"""A write with If-Match is carried out only if the resource is in the state its sender has read."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.api.conftest import MakeProgram, Program
from tests.factories import a_member

Writing = Callable[[], AbstractContextManager[None]]


def tag_at(program: Program, path: str) -> str:
    return program.ask("GET", path).headers["ETag"]


def test_an_edit_of_a_resource_that_has_changed_is_refused(program: MakeProgram, lunar: int) -> None:
    anna = program("anna")
    number = anna.get(f"/threads/{lunar}/posts")["items"][0]["id"]
    read = tag_at(anna, f"/posts/{number}")
    assert anna.ask("PATCH", f"/posts/{number}", {"body": "First."}, If_Match=read).status_code == 200

    late = anna.ask("PATCH", f"/posts/{number}", {"body": "Second."}, If_Match=read)

    assert late.status_code == 412
    assert late.content_type == "application/problem+json"
    assert late.json is not None
    assert late.json["status"] == 412
    assert anna.get(f"/posts/{number}")["body"] == "First."
    again = tag_at(anna, f"/posts/{number}")
    assert anna.ask("PATCH", f"/posts/{number}", {"body": "Second."}, If_Match=again).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/posts/1", {"body": "Other words."}),
        ("DELETE", "/posts/2", None),
        ("PUT", "/posts/1/reaction", {"kind": "like"}),
        ("DELETE", "/posts/1/reaction", None),
        ("PATCH", "/threads/1", {"title": "Another title"}),
        ("DELETE", "/threads/1", None),
        ("POST", "/threads/1/posts", {"body": "One more."}),
        ("POST", "/boards/1/threads", {"title": "One more", "body": "One more."}),
        ("POST", "/preview", {"body": "One more."}),
    ],
)
def test_every_write_honours_if_match(
    program: MakeProgram, writing: Writing, lunar: int, method: str, path: str, body: dict[str, str] | None
) -> None:
    with writing():
        a_member("mona", role="moderator")
    mona = program("mona", scopes="read write moderate")
    before = mona.get("/threads/1/posts"), mona.get("/boards/1/threads")
    for wrong in ('"0123456789abcdef0123456789abcdef"', 'W/"0123456789abcdef0123456789abcdef"', "nonsense", ""):
        assert mona.ask(method, path, body, If_Match=wrong).status_code == 412, wrong
    assert before == (mona.get("/threads/1/posts"), mona.get("/boards/1/threads"))


def test_the_etags_of_all_encodings_match_and_so_does_the_asterisk(program: MakeProgram, lunar: int) -> None:
    ben = program("ben")
    first, other = tag_at(ben, "/posts/1"), '"0123456789abcdef0123456789abcdef"'
    assert ben.ask("PUT", "/posts/1/reaction", {"kind": "love"}, If_Match=f"{other}, {first}").status_code == 200
    packed = tag_at(ben, "/posts/1").removesuffix('"') + '-gzip"'  # the suffix of a compressed response
    assert ben.ask("PUT", "/posts/1/reaction", {"kind": "sad"}, If_Match=packed).status_code == 200
    assert ben.ask("DELETE", "/posts/1/reaction", If_Match="*").status_code == 200
    weak = f"W/{tag_at(ben, '/posts/1')}"
    assert ben.ask("PUT", "/posts/1/reaction", {"kind": "sad"}, If_Match=weak).status_code == 412


def test_a_missing_resource_is_not_found_whatever_the_if_match(program: MakeProgram, lunar: int) -> None:
    assert program("anna").ask("PATCH", "/posts/999", {"body": "Words."}, If_Match="*").status_code == 404
