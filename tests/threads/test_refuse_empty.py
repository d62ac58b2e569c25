"""A post that would display nothing is refused by every interface, with a clear message at its field."""

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.archive.load import load
from forum.infra import paths
from forum.infra.database.db import session, transaction
from forum.infra.errors import Invalid
from forum.models import Post
from forum.threads import actions, writing
from tests.archive.forums import empty_forum
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread

NOTHING = [
    "[a]: https://example.org/x",
    "&nbsp;",
    "&#8203; &zwj;",
    "#",
    "# #",
    ">",
    "> > -",
    "[](/x)",
    "[ \u200b ](https://example.org)",
    "![]()",
    "**\u200b**",
    ":::spoiler\n:::",
    ":::spoiler The end\n\n>\n:::",
    ":::card\n:::",
    "```\n```",
    "| |\n|-|\n| |",
]
BLANK = ["", " \n", "\u200b", "\u2060\u00ad\U000e0061\U000e007f", "\ufffe"]
SOMETHING = [".", "求", "👍", "---", "`x`", "    x", "![](/static/icon.svg)", "[x](/y)", "[x]: y z", "| a |\n|-|", "\\"]
WORDS = "This post would be empty. Write some text."


@pytest.mark.parametrize("body", NOTHING)
def test_a_post_that_displays_nothing_is_refused(app_in_context: Flask, body: str) -> None:
    anna, thread = a_member(), a_thread()
    mine = a_post(thread=thread, by=anna)
    for write in (
        lambda: actions.reply(anna, thread, body=body),
        lambda: actions.edit_post(anna, mine, body=body),
        lambda: actions.start_thread(anna, thread.board, title="A title", body=body),
        lambda: writing.prepare_body(body),
    ):
        with pytest.raises(Invalid) as refused:
            write()
        assert [str(item) for item in refused.value.fields["body"]] == [WORDS]


@pytest.mark.parametrize("body", BLANK)
def test_a_post_without_a_visible_character_is_refused_before_it_is_rendered(app_in_context: Flask, body: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_post(body=body or " ")
    assert [str(item) for item in refused.value.fields["body"]] == ["Write something first."]


@pytest.mark.parametrize("body", SOMETHING)
def test_a_post_that_displays_anything_is_accepted(app_in_context: Flask, body: str) -> None:
    assert a_post(body=body).source == body


def test_forms_and_previews_report_it_at_the_body(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"))
        path, post_id, board = thread.path, thread.last_post_id, thread.board.path
    log_in(client, "anna")
    token = token_in(client.get(path).text)
    for address in (f"{path}/reply", f"/posts/{post_id}/edit", f"{board}/post-thread"):
        answer = client.post(address, data={"csrf_token": token, "title": "A title", "body": "#"})
        assert answer.status_code == 422
        assert f'id="body-error">{WORDS}' in answer.text
    preview = client.post("/preview", data={"csrf_token": token, "body": "&nbsp;"})
    assert (preview.status_code, preview.json) == (422, {"message": WORDS})


def test_an_archive_keeps_such_posts(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    for file in (paths.SEED / "document").iterdir():
        (archive / file.name).write_bytes(file.read_bytes())
    line = {"thread": 6, "position": 3, "author": "Riz", "created_at": "2021-03-10T00:00:00Z", "source": "#"}
    with (archive / "posts.jsonl").open("a") as stream:
        stream.write(json.dumps(line) + "\n")
    with empty_forum(tmp_path / "data"):
        load(archive)
        assert session.scalars(select(Post.source).where(Post.position == 3)).one() == "#"
