"""Members' texts take their direction from their own script, on every page and in every field."""

from typing import cast

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session, transaction
from forum.members.credentials import api_tokens
from forum.members.rules import username_key
from forum.models import Board, Member, Notification, Thread
from forum.reactions.actions import react
from forum.site.actions import set_value
from forum.threads import actions, drafts
from forum.threads.queries import find_post, find_thread
from tests.conftest import log_in
from tests.factories import a_post
from tests.trust.crawl import Scene, a_scene, addresses

pytestmark = pytest.mark.slow

WORD = "שלום"  # part of every text by members and operators, and of no interface text
TYPED = ("text", "search", None)
SAYS_NO_MORE = ("title", "script", "template")


@pytest.fixture
def scene(app: Flask) -> Scene:
    """A forum with content in Hebrew."""
    with app.app_context(), transaction():
        scene = a_scene()
        anna, ben, mona, olaf = map(_member, ("anna", "ben", "mona", "olaf"))
        thread = find_thread(mona, cast("int", scene.values["thread_id"]))
        post = find_post(mona, cast("int", scene.values["post_id"]))
        react(anna, a_post(thread=thread, by=ben, body=f"{WORD} @anna"), kind="like")
        actions.edit_post(anna, post, body=f"{WORD} {WORD}")
        fields = {"member_id": olaf.id, "post_id": post.id, "actor_id": ben.id, "created_at": post.created_at}
        kinds = ("mention", "quote", "reaction", "reply")
        session.add_all(Notification(kind=kind, group_key=kind, subject_type=kind, **fields) for kind in kinds)
        actions.delete_post(mona, a_post(thread=thread), reason=WORD)
        drafts.save(olaf, place=f"thread:{thread.id}", body=WORD)
        api_tokens.make(olaf, name=WORD, scopes="read")
        _translate()
        return scene


def _member(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def _translate() -> None:
    for member in session.query(Member):
        member.country = member.location = member.about = member.custom_title = WORD
        member.username = f"{WORD} {member.username}"
        member.username_key = username_key(member.username)
    for thread in session.query(Thread):
        thread.title = f"{WORD} {thread.id}"
    for number, board in enumerate(session.query(Board)):
        board.title, board.description = f"{WORD} {number}", WORD
    for name in ("name", "description", "terms", "contact"):
        set_value(name, WORD)


def test_every_text_of_a_member_has_its_own_direction(app: Flask, client: FlaskClient, scene: Scene) -> None:
    log_in(client, f"{WORD} olaf")
    seen = 0
    for visitor in (client, app.test_client()):
        for _, address in addresses(app, scene, ("GET",)):
            answer = visitor.get(address, follow_redirects=True)
            if answer.mimetype == "text/html":
                seen += check(BeautifulSoup(answer.text, "html.parser"), address)
        for query in (f"q={WORD}", f"q={WORD}&author=x", f"q={WORD} nowhere", "q=x&thread=1"):
            seen += check(BeautifulSoup(visitor.get(f"/search?{query}").text, "html.parser"), query)
    assert seen > 300


def check(page: BeautifulSoup, where: str) -> int:
    """Check every text and field of a page; returns how many there were."""
    texts = [text for text in page.find_all(string=True) if WORD in text and not text.find_parents(SAYS_NO_MORE)]
    for text in texts:
        assert is_on_its_own(text.find_parents()), (where, str(text.parent)[:300])
    fields = [each for each in page.select("textarea, input") if each.name == "textarea" or each.get("type") in TYPED]
    for field in fields:
        is_hidden = field.get("aria-hidden") == "true"
        assert field.get("dir") == "auto" or is_hidden, (where, str(field)[:300])
    return len(texts) + len(fields)


def is_on_its_own(around: list[Tag]) -> bool:
    """Whether a text is isolated from the text around it, so that its first letter decides its direction."""
    return any(tag.name == "bdi" or tag.get("dir") == "auto" for tag in around)


def test_symbols_do_not_decide_the_direction_of_a_title(client: FlaskClient, scene: Scene) -> None:
    for address in (scene.thread_path, "/whats-new", "/"):
        page = BeautifulSoup(client.get(address, follow_redirects=True).text, "html.parser")
        titles = [tag for tag in page.select("main [dir=auto]") if WORD in tag.get_text()]
        assert titles
        for tag in titles:
            for apart in tag.select("bdi, [dir]"):  # browsers skip these when they look for the first strong letter
                apart.extract()
            assert tag.get_text().strip().startswith((WORD, "@")), address
