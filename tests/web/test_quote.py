"""Quoting selected words of a post: as they are displayed, with the author's name and a link to the post."""

from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import transaction
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_post, a_thread


def test_selected_words_of_a_post_are_quoted_as_they_are_displayed(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        thread = a_thread(by=a_member("anna_b"))
        post = a_post(thread=thread, by=thread.starter)
        path, page = post.path, thread.path
    a_guest = client.post(f"{path}/quote", data={"text": "x"})
    assert a_guest.status_code == 403
    with app.app_context(), transaction():
        a_member("ben")
    log_in(client, "ben")
    typed = {"csrf_token": token_in(client.get(page).text), "text": "version: *1*\n\n#2 :coffee:"}
    markdown = client.post(f"{path}/quote", data=typed).get_json()["markdown"]
    assert markdown == f"> [anna_b said:]({path})\n> version: \\*1*\n>\n> #2 \\:coffee:\n\n"
    assert client.post(f"{path}/quote", data=typed | {"text": ""}).status_code == 422
    assert client.post("/posts/999/quote", data=typed).status_code == 404
