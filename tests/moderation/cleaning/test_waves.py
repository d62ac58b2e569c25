"""A wave of spammers is cleaned up after in one act, and one undo brings back all of it."""

import random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.archive.check import check, position_gaps
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden
from forum.members import sanctions
from forum.models import LogEntry, Member, Post, SpamCleaning, SpamWave, Thread, Visibility
from forum.moderation.campaigns import open_campaigns
from forum.moderation.cleaning import running, waves
from forum.moderation.cleaning.newcomers import newcomers
from forum.moderation.cleaning.plan import Plan
from forum.moderation.queue import waiting
from forum.site.actions import set_value
from forum.threads import actions
from forum.threads.approval import holding
from tests.admin.pages import parsed
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_newcomer, a_post, a_thread, hide
from tests.middleware.guests import Writing
from tests.moderation.cleaning.scenes import finish, state
from tests.parts import examples

PATH = "/moderation/newcomers"


def waits(posts: list[Post], *signs: str) -> None:
    """Let posts wait for approval."""
    hide(*posts, visibility=Visibility.HELD)
    for post in posts:
        holding.open_case(post, signs)


def a_wave(number: int) -> tuple[list[Member], Member]:
    """Spammers with a thread, a reply among others and a post that waits, and an honest newcomer whose post waits."""
    board, talk = a_board("Talk"), a_thread(title="How are you")
    spammers = [a_newcomer(f"spammer {each}") for each in range(number)]
    waiting = []
    for each in spammers:
        a_thread(board=board, by=each, title=f"Pills of {each.username}")
        a_post(thread=talk, by=each, body=f"Buy pills of {each.username}")
        waiting.append(a_post(thread=talk, by=each, body=f"More pills of {each.username}"))
    honest = a_newcomer("honest")
    waits([a_post(thread=talk, by=honest, body="Hello, I am new here")], "first-posts:1")
    waits(waiting, "spam:pills")
    return spammers, honest


def go_on(wave: SpamWave) -> None:
    """Do all that is left in this transaction."""
    while waves._go_on(wave.entry_id):
        pass
    for cleaning in session.scalars(select(SpamCleaning).where(SpamCleaning.step != "")):
        finish(cleaning)


SAME = "Our garden shop sells cheap roses, tulips and lilies to everybody, so write to us today, number {0}"


def test_a_campaign_of_which_nothing_is_left_waits_no_more_until_it_is_undone(app_in_context: Flask) -> None:
    thread, mona = a_thread(), a_member("mona", role="moderator")
    spammers = [a_newcomer(f"spammer {number}") for number in range(3)]
    for number, each in enumerate(spammers):
        a_post(thread=thread, by=each, body=SAME.format(number))
    assert len(open_campaigns(mona)) == 1
    assert all(each.has_sign for each in newcomers(mona, days=1, number=1)[0])
    before = state()
    for members, left in ((spammers[:2], 1), (spammers[2:], 0)):
        wave = waves.start(mona, [member.id for member in members], Plan())
        go_on(wave)
        assert len(open_campaigns(mona)) == left
    for entry_id in session.scalars(select(SpamWave.entry_id).order_by(SpamWave.entry_id.desc())).all():
        go_on(waves.undo(mona, entry_id))
    assert len(open_campaigns(mona)) == 1
    assert state() == before


def test_edits_of_a_spammer_wait_no_more_until_that_is_undone(app_in_context: Flask) -> None:
    set_value("hold_links", value=True)
    mona, spammer = a_member("mona", role="moderator"), a_newcomer("spammer 0")
    post = a_post(by=spammer, body="Harmless")
    actions.edit_post(spammer, post, body="See https://pills.example/")
    assert post.has_held_edit
    before = state()
    wave = waves.start(mona, [spammer.id], Plan())
    go_on(wave)
    assert waiting(mona, 1)[0] == []
    assert list(check()) == []
    go_on(waves.undo(mona, wave.entry_id))
    assert state() == before
    session.refresh(post)
    assert post.has_held_edit
    assert list(check()) == []


def test_those_with_signs_of_spam_come_first(app_in_context: Flask) -> None:
    spammers, honest = a_wave(2)
    a_newcomer("reader")
    a_member("long here")
    listed, page = newcomers(a_member(role="moderator"), days=1, number=1)
    assert [(each.member.username, each.waiting, each.has_sign) for each in listed] == [
        ("spammer 1", 1, True),
        ("spammer 0", 1, True),
        ("honest", 1, False),
        ("reader", 0, False),
    ]
    assert page.total == 4
    assert honest.id not in {member.id for member in spammers}


def test_all_is_removed_and_one_undo_brings_all_back(app_in_context: Flask) -> None:
    spammers, _ = a_wave(3)
    mona = a_member("mona", role="moderator")
    before = state()
    wave = waves.start(mona, [member.id for member in spammers], Plan(reason="Pills"))
    go_on(wave)
    assert all(sanctions.ban_of(member) for member in spammers)
    public = select(Post.id).where(Post.author_id.in_([each.id for each in spammers]), Post.is_public)
    assert session.scalars(public.join(Thread, Thread.id == Post.thread_id).where(Thread.is_public)).all() == []
    assert waves.progress(wave) == (3, 3)
    assert [*map(str, check()), *position_gaps()] == []
    waves.undo(mona, wave.entry_id)
    go_on(wave)
    assert state() == before
    assert [*map(str, check()), *position_gaps()] == []


def test_all_are_banned_before_anything_is_removed(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    spammers, _ = a_wave(3)
    mona = a_member("mona", role="moderator")
    wave = waves.start(mona, [member.id for member in spammers], Plan())
    while waves._go_on(wave.entry_id):
        pass
    session.expire_all()
    assert all(member.is_banned for member in spammers)
    assert session.scalar(select(Post.id).where(Post.visibility == Visibility.DELETED.value)) is None


def test_old_members_and_staff_are_not_cleaned_with_others(app_in_context: Flask) -> None:
    spammers, _ = a_wave(1)
    old, keeper, mona = a_member("old"), a_member(role="moderator"), a_member("mona", role="moderator")
    wave = waves.start(mona, [spammers[0].id, old.id, keeper.id, mona.id], Plan())
    assert wave.members == [spammers[0].id]
    with pytest.raises(Conflict, match="Nobody is ticked"):
        waves.start(mona, [old.id, keeper.id], Plan())
    with pytest.raises(Forbidden):
        waves.start(old, [spammers[0].id], Plan())


def test_sent_twice_it_begins_once(app_in_context: Flask) -> None:
    spammers, _ = a_wave(2)
    mona = a_member("mona", role="moderator")
    ids = [member.id for member in spammers]
    first = waves.start(mona, ids, Plan())
    assert waves.start(mona, ids, Plan()) is first
    go_on(first)
    assert waves.start(mona, ids, Plan()) is first
    assert session.query(SpamCleaning).count() == 2


def test_undone_while_it_begins_only_what_was_done_is_brought_back(app_in_context: Flask) -> None:
    spammers, _ = a_wave(3)
    mona = a_member("mona", role="moderator")
    before = state()
    wave = waves.start(mona, [member.id for member in spammers], Plan())
    assert waves._go_on(wave.entry_id)
    running.run_first(session.scalars(select(SpamCleaning.entry_id)).one())
    waves.undo(mona, wave.entry_id)
    go_on(wave)
    assert state() == before
    with pytest.raises(Conflict, match="undone already"):
        waves.undo(mona, wave.entry_id)


@pytest.mark.parametrize("seed", range(examples(2)))
def test_what_others_did_meanwhile_stays(app_in_context: Flask, seed: int) -> None:
    spammers, honest = a_wave(3)
    mona, max_ = a_member("mona", role="moderator"), a_member("max", role="moderator")
    chance = random.Random(seed)
    wave = waves.start(mona, [member.id for member in spammers], Plan())
    go_on(wave)
    kept = chance.choice(spammers)
    sanctions.ban(max_, kept, reason="Known from elsewhere")
    waves.undo(mona, wave.entry_id)
    go_on(wave)
    session.expire_all()
    assert [member.is_banned for member in spammers] == [member is kept for member in spammers]
    assert honest.is_banned is False


class TestPages:
    """A moderator with a browser, without scripts."""

    @pytest.fixture(autouse=True)
    def forum(self, writing: Writing, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running, "MAX_RUN_SECONDS", 60.0)
        with writing():
            a_member("mona", role="moderator")
            a_wave(3)
        log_in(client, "mona")

    def fields(self, client: FlaskClient, path: str, *, form: str, **more: str) -> dict[str, str]:
        page = parsed(client.get(path) if not more else client.post(path, data=more))
        found = page.select_one(f'form[action="{form}"]')
        assert found is not None
        inputs = found.select("input[type=hidden], input:checked")
        return {str(field["name"]): str(field["value"]) for field in inputs}

    def test_two_clicks_clean_and_one_undoes(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context():
            before = state()
        ticked = self.fields(client, PATH, form=PATH)
        assert len([name for name in ticked if name.startswith("member_")]) == 3
        sure = self.fields(client, PATH, form=f"{PATH}/clean", **ticked)
        done = client.post("/moderation/newcomers/clean", data=sure | {"reason": "Pills"}, follow_redirects=True)
        assert "Cleaned up" in done.text
        with app.app_context():
            assert state()["bans"] == {(member.id, "Pills") for member in spammers()}
            (entry,) = session.scalars(select(LogEntry).where(LogEntry.action == "clean-wave"))
            path = f"/moderation/newcomers/{entry.id}"
        undo = self.fields(client, path, form=f"{path}/undo")
        assert "Undone" in client.post(f"{path}/undo", data=undo, follow_redirects=True).text
        with app.app_context():
            assert state() == before

    def test_a_wrong_date_keeps_who_was_ticked(self, client: FlaskClient) -> None:
        sure = self.fields(client, PATH, form=f"{PATH}/clean", **self.fields(client, PATH, form=PATH))
        again = client.post(f"{PATH}/clean", data=sure | {"until": "2020-01-01", "reason": "Pills"})
        assert again.status_code == 422
        page = parsed(again)
        kept = page.select_one('input[name="members"]')
        assert kept is not None
        assert kept["value"] == sure["members"]
        assert "Choose a day after today." in again.text
        assert 'value="Pills"' in again.text

    def test_members_do_not_find_it(self, app: Flask, writing: Writing) -> None:
        with writing():
            a_member("otto")
        client = app.test_client()
        log_in(client, "otto")
        assert client.get(PATH).status_code == 403
        assert app.test_client().get(PATH).status_code == 303


def spammers() -> list[Member]:
    """Those of the wave."""
    return list(session.scalars(select(Member).where(Member.username.startswith("spammer"))))


def test_many_are_ticked_at_once(client: FlaskClient, writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing():
        a_member("mona", role="admin")
        spammers = [a_newcomer(f"spammer {each}").id for each in range(280)]
    log_in(client, "mona")
    monkeypatch.setattr(running, "MAX_RUN_SECONDS", 0.3)  # the job goes on
    form = {"csrf_token": token_in(client.get(PATH).text)}
    asked = client.post(PATH, data=form | {f"member_{each}": "yes" for each in spammers})
    assert asked.status_code == 200
    field = parsed(asked).select_one("input[name=members]")
    assert field is not None
    assert {int(each) for each in str(field["value"]).split(",")} == set(spammers)
    done = client.post(f"{PATH}/clean", data=form | {"members": str(field["value"]), "reason": "Pills"})
    assert done.status_code == 303
