"""Moderators clean up after a spammer in the browser: form with numbers, result with Undo, list of blocked links."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Member, Post, SpamCleaning, Thread
from forum.moderation.cleaning import running
from tests.admin.pages import parsed
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_newcomer, a_post, a_thread
from tests.middleware.guests import Writing


@pytest.fixture
def forum(writing: Writing) -> None:
    """A spammer with a thread of their own, a thread with others' replies, and a reply elsewhere."""
    with writing():
        a_member("mona", role="moderator")
        a_member("olaf", role="admin")
        anna = a_member("anna")
        spammer = a_newcomer("spammer")
        a_thread(by=spammer, title="Only mine", body="Buy at https://pills.example/now")
        a_post(thread=a_thread(by=spammer, title="With others", body="Buy here"), by=anna, body="This is spam.")
        a_post(thread=a_thread(by=anna, title="Not mine"), by=spammer, body="Buy there")


@pytest.fixture(autouse=True)
def on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be left to the job."""
    monkeypatch.setattr(running, "MAX_RUN_SECONDS", 60.0)


class Cleaner:
    """A moderator with the form of one member, without scripts."""

    def __init__(self, client: FlaskClient, *, member: str = "spammer", by: str = "mona") -> None:
        log_in(client, by)
        self.client, self.address = client, f"{_member(member).path}/clean"
        self.page = client.get(self.address)

    def press(self, step: str, *, untick: tuple[str, ...] = (), **more: str) -> None:
        form = parsed(self.page).select_one("form.form")
        assert form is not None, self.page.text
        fields = {str(box["name"]): str(box["value"]) for box in form.select("input[checked], input[type=hidden]")}
        first = {
            str(each["name"]): [*each.select("option[selected]"), *each.select("option")][0] for each in form("select")
        }
        chosen = {name: str(option["value"]) for name, option in first.items()}
        days = {"block_days": "30"} if form.select_one("#block_days") else {}
        sent = {name: value for name, value in (fields | chosen | days | more).items() if name not in untick}
        self.page = self.client.post(self.address, data=sent | {"step": step})

    def go_on(self) -> str:
        assert self.page.status_code == 303, self.page.text
        self.page = self.client.get(self.page.location)
        return self.text()

    def text(self) -> str:
        main = parsed(self.page).select_one("main")
        assert main is not None
        return " ".join(main.get_text(" ").split())

    def undo(self) -> str:
        form = parsed(self.page).select_one('main form[action$="/undo"]')
        assert form is not None, self.page.text
        self.page = self.client.post(str(form["action"]), data={"csrf_token": token_in(self.page.text)})
        return self.go_on()


def _member(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


@pytest.mark.usefixtures("forum")
def test_two_clicks_clean_up_and_one_undoes_it(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        cleaner = Cleaner(client)
    assert "1 thread 1 post in a thread that stays" in cleaner.text()
    assert "Also the text of 1 first post: others have written in the thread, so it stays." in cleaner.text()
    assert "The newest of these posts" in cleaner.text()
    cleaner.press("clean")
    assert "Cleaned up spammer 1 thread removed 1 post removed" in cleaner.go_on()
    assert "Links blocked: pills.example" in cleaner.text()
    with app.app_context():
        assert _member("spammer").is_banned
        assert not session.scalars(
            select(Post).where(Post.source.contains("Buy"), Post.is_public, Post.position > 1)
        ).all()
        left = session.scalars(select(Thread.title).where(Thread.is_public).order_by(Thread.id)).all()
        assert left == ["With others", "Not mine"]
    assert "pills.example" in client.get("/moderation/links").text
    assert "The cleaning is undone" in cleaner.undo()
    with app.app_context():
        assert not _member("spammer").is_banned
        assert len(session.scalars(select(Post).where(Post.source.contains("Buy"), Post.is_public)).all()) == 3
    assert "No domain is blocked" in client.get("/moderation/links").text


@pytest.mark.usefixtures("forum")
def test_what_is_chosen_is_counted_before_it_is_done(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        cleaner = Cleaner(client)
    cleaner.press("clean", untick=("posts",))
    assert cleaner.page.status_code == 409
    assert "Read the numbers" in cleaner.text()
    assert "0 threads 0 posts" in cleaner.text()
    with app.app_context():
        assert session.scalars(select(SpamCleaning)).all() == []
    cleaner.press("count", posts="yes", period="hour")
    assert cleaner.page.status_code == 200
    assert "1 thread" in cleaner.text()
    cleaner.press("clean", reason="Advertising")
    assert "1 thread removed" in cleaner.go_on()


@pytest.mark.usefixtures("forum")
def test_pressing_twice_cleans_once(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        cleaner = Cleaner(client)
    before = cleaner.page
    cleaner.press("clean")
    first, cleaner.page = cleaner.page.location, before
    cleaner.press("clean")
    assert cleaner.page.location == first
    cleaner.go_on()
    form = parsed(cleaner.page).select_one('main form[action$="/undo"]')
    assert form is not None
    for _ in range(2):
        assert client.post(str(form["action"]), data={"csrf_token": token_in(cleaner.page.text)}).status_code == 303


@pytest.mark.usefixtures("forum")
def test_of_an_old_member_the_name_is_asked(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        cleaner = Cleaner(client, member="anna")
    assert "This is no new member" in cleaner.text()
    cleaner.press("clean", name="spammer", reason="Kept words")
    assert cleaner.page.status_code == 422
    assert "Type the member’s name" in cleaner.text()
    assert 'value="Kept words"' in cleaner.page.text
    cleaner.press("clean", name="Anna")
    assert "Cleaned up" in cleaner.go_on()


@pytest.mark.usefixtures("forum")
@pytest.mark.parametrize("name", ["olaf", "mona"])
def test_nobody_cleans_up_after_a_member_whom_they_may_not_ban(app: Flask, client: FlaskClient, name: str) -> None:
    with app.app_context():
        cleaner = Cleaner(client, member=name)
    assert cleaner.page.status_code == 403
    assert client.get("/moderation/cleanings/1").status_code == 404


@pytest.mark.usefixtures("forum")
def test_the_cleaner_is_offered_at_posts_profiles_and_in_the_list(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        address, thread = f"{_member('spammer').path}/clean", session.get_one(Thread, 2).path
        profile = _member("spammer").path
    log_in(client, "mona")
    for page in (thread, profile, "/members"):
        assert address in client.get(page).text, page
    client.post("/logout", data={"csrf_token": token_in(client.get("/").text)})
    log_in(client, "anna")
    for page in (thread, profile, "/members"):
        assert "/clean" not in client.get(page).text, page


@pytest.mark.usefixtures("forum")
def test_domains_are_blocked_and_allowed_by_hand(app: Flask, client: FlaskClient) -> None:
    log_in(client, "mona")
    page = client.get("/moderation/links")

    def send(address: str, **fields: str) -> int:
        return client.post(address, data={"csrf_token": token_in(page.text)} | fields).status_code

    assert send("/moderation/links", domain="nonsense", days="3") == 422
    assert send("/moderation/links", domain="localhost.example", days="0") == 422
    assert send("/moderation/links", domain="https://www.Pills.example/x", days="3") == 303
    assert ">pills.example<" in client.get("/moderation/links").text
    assert send("/moderation/links/1/lift") == 303
    assert "No domain is blocked" in client.get("/moderation/links").text
    other = app.test_client()
    log_in(other, "anna")
    assert other.get("/moderation/links").status_code == 403
