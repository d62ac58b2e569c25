"""Erasing an account leaves an anonymous author of posts: no name, address or IP address is left in any table."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import JSON, String, Text, func, select

from forum.accounts import erased_posts, erased_rows, erasing, steps
from forum.accounts.closing import close_for_member
from forum.accounts.erased_posts import ERASED_TEXT
from forum.accounts.own_sections import SECTIONS
from forum.accounts.personal_data import RULES, TEXTS
from forum.admin.members.renames import rename
from forum.admin.rules import OPERATOR
from forum.archive.check import check, position_gaps
from forum.archive.errors import BadArchive
from forum.archive.export import export
from forum.audit_log import record
from forum.infra import clock
from forum.infra.client_ip import ClientAddress, set_client_address
from forum.infra.database.db import Model, session, transaction
from forum.members import sanctions
from forum.members.account_mail import tell_of_new_name
from forum.members.credentials import api_tokens, sessions
from forum.models import AccountErasure, Channel, Draft, LogEntry, Member, Notification, Post, PostRevision, Thread
from forum.moderation import tools
from forum.notifications import choices
from forum.reactions.actions import react
from forum.search.index.index_check import index_problems
from forum.threads import actions, read_marks
from tests.factories import a_board, a_group, a_member, a_post, a_thread
from tests.parts import examples

NAME, OLD = "Wilhelmina", "Anneliese"
PRIVATE = (NAME.lower(), OLD.lower(), "willa@example.org", "192.0.2.77", "Querétaro", "a private word")


@pytest.fixture(autouse=True)
def _small_slices(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Slices of a row or two, one in a transaction."""
    monkeypatch.setattr(erased_rows, "SLICE_ROWS", 2)
    monkeypatch.setattr(erased_rows, "SLICE_ENTRIES", 3)
    monkeypatch.setattr(erased_posts, "SCANNED_POSTS", 3)
    monkeypatch.setattr(erased_posts, "SCANNED_VERSIONS", 1)
    monkeypatch.setattr(steps, "MAX_TRANSACTION_SECONDS", 0.0)
    set_client_address(ClientAddress("198.51.100.9", "A browser", "x"))
    yield
    set_client_address(ClientAddress("", "", ""))


def a_whole_life() -> int:
    """A member of whom every kind of row exists, known by two names; returns the id."""
    told = {"email": "willa@example.org", "email_key": "willa@example.org", "country": "Querétaro"}
    willa = a_member(OLD, about="a private word", **told)
    bert, mona = a_member("bert"), a_member("mona", role="moderator")
    board = a_board("Talk")
    thread = a_thread(by=bert, board=board, title="A thread of bert's", body=f"Hello @{OLD}, `@{OLD}`!")
    own = a_thread(by=willa, board=board, title="A thread of hers", body="The first post.")
    post = a_post(thread=thread, by=willa, body="It was a private word.")
    actions.edit_post(willa, post, body="Never mind.")
    quote = a_post(thread=thread, by=bert, body=f"> [{OLD} said:](/posts/{post.id})\n> Never mind.\n\nWhy?")
    actions.edit_post(mona, quote, body=f'> [{OLD} said:](/posts/{post.id})\n> Never mind.\n\nWhy, @"{OLD}"?')
    rename(OPERATOR, willa, NAME)
    later = a_post(thread=own, by=bert, body=f"See [her](/members/{willa.id}-wilhelmina), ask @{NAME.lower()}.")
    actions.edit_post(bert, later, body=f"Just ask @{NAME}, or her again.")
    actions.edit_post(bert, later, body="Ask somebody else.")
    react(willa, later, kind="like")
    react(bert, post, kind="like")
    read_marks.mark_read(willa, thread, 2)
    read_marks.mark_board_read(willa, board)
    api_tokens.make(willa, name="My script", scopes=["read"])
    set_client_address(ClientAddress("192.0.2.77", "A browser", "x"))
    sessions.start(willa, persistent=True)
    record("login", actor=willa, target=f"member:{willa.id}")
    set_client_address(ClientAddress("198.51.100.9", "A browser", "x"))
    a_group("Friends", willa)
    sanctions.ban(mona, willa, reason=f"{NAME} again")
    sanctions.unban(mona, willa)
    session.add(Draft(member_id=willa.id, place="board:1", body="a private word", updated_at=clock.now()))
    record("edit-title", actor=bert, target=f"thread:{thread.id}", was=f"About {NAME}!", title="About")
    for kind in ("reaction", "reply", "quote"):
        choices.choose(willa, {kind: {Channel.SITE: False}})
    tell_of_new_name("willa@example.org", was=OLD, now=NAME)
    return willa.id


def erase(member_id: int, *, posts: bool = False) -> None:
    close_for_member(OPERATOR, session.get_one(Member, member_id), at_once=True, deletes_posts=posts)
    session.commit()
    while session.get(AccountErasure, member_id) is not None:
        with transaction():
            erasing.continue_erasure(member_id)
        session.expire_all()


def everything() -> str:
    """All text in all tables, in lower case."""
    rows = []
    for table in Model.metadata.sorted_tables:
        found = session.execute(select(*table.columns)).all()
        rows += [f"{table.name}: {json.dumps([str(value) for value in row], ensure_ascii=False)}" for row in found]
    return "\n".join(rows).lower()


@pytest.mark.parametrize("posts", [False, True])
def test_no_table_holds_what_was_erased(posts: bool) -> None:
    number = a_whole_life()
    session.flush()
    before = everything()
    assert all(word.lower() in before for word in PRIVATE)

    erase(number, posts=posts)

    after = everything()
    left = [row for row in after.splitlines() for word in PRIVATE if word.lower() in row]
    assert left == []
    assert list(check()) == []
    assert list(position_gaps()) == []
    assert list(index_problems("en")) == []
    willa = session.get_one(Member, number)
    assert (willa.username, willa.password_hash, willa.role) == (f"Deleted member {number}", None, "member")


def test_posts_stay_and_others_see_the_new_name_in_mentions_and_quotes() -> None:
    number = a_whole_life()
    erase(number)
    name = f"Deleted member {number}"
    posts = session.scalars(select(Post).order_by(Post.id)).all()
    assert posts[0].source == f"Hello {name}, `{name}`!"
    assert [post.source for post in posts if post.author_id == number] == ["The first post.", "Never mind."]
    assert posts[3].source == f"> [{name} said:](/posts/{posts[2].id})\n> Never mind.\n\nWhy, {name}?"
    assert f"{name} said:</a>" in posts[3].html
    versions = session.scalars(select(PostRevision.source).order_by(PostRevision.post_id, PostRevision.number)).all()
    assert versions[1:] == [f"See [her](/members/{number}-x), ask {name}.", f"Just ask {name}, or her again."]
    assert posts[0].edited_at is None, "nobody has edited it"


def test_deleted_posts_lose_their_text_and_threads_of_others_stay() -> None:
    number = a_whole_life()
    willa = session.get_one(Member, number)
    alone = a_thread(by=willa, title="Nobody has replied", body="Hello?")
    a_post(thread=alone, by=willa, body="Anybody?")
    erase(number, posts=True)
    theirs = session.scalars(select(Post).where(Post.author_id == number)).all()
    assert {post.source for post in theirs} == {ERASED_TEXT}
    shown = [(thread.title, thread.is_deleted) for thread in session.scalars(select(Thread).order_by(Thread.id))]
    assert shown == [("A thread of bert's", False), ("A thread of hers", False), (ERASED_TEXT, True)]
    assert session.get_one(Member, number).message_count == 101, "the first post of a thread with a reply"
    assert list(check()) == []


def test_the_log_keeps_who_did_what_without_names_and_addresses() -> None:
    number = a_whole_life()
    erase(number)
    entries = session.scalars(select(LogEntry).order_by(LogEntry.id)).all()
    titles = [entry.details for entry in entries if entry.action == "edit-title"]
    assert titles == [{"was": f"About Deleted member {number}!", "title": "About"}]
    about = [entry for entry in entries if entry.target == f"member:{number}"]
    assert {(entry.address, json.dumps(entry.details)) for entry in about[:-1]} == {("", "{}")}
    assert [entry.action for entry in about[-2:]] == ["close-account", "erase-account"]
    assert any(entry.address for entry in entries), "those of others stay"


@pytest.mark.parametrize("posts", [False, True])
def test_the_log_does_not_keep_what_members_called_their_threads_and_tokens(posts: bool) -> None:
    anna = a_member("anna")
    actions.change_title(anna, a_thread(by=anna, title="My illness"), title="My second illness")
    api_tokens.make(anna, name="Phone in Bonn", scopes=["read"])
    number = anna.id
    erase(number, posts=posts)
    entries = {entry.action: entry.details for entry in session.scalars(select(LogEntry))}
    assert entries["edit-title"] == ({} if posts else {"was": "My illness", "title": "My second illness"})
    assert "Bonn" not in json.dumps(entries["make-token"])


def test_a_slice_that_runs_again_after_a_kill_does_no_harm() -> None:
    number = a_whole_life()
    close_for_member(OPERATOR, session.get_one(Member, number), at_once=True, deletes_posts=True)
    session.commit()
    while (row := session.get(AccountErasure, number)) is not None:
        before = row.step, row.done_to
        with transaction():
            erasing.continue_erasure(number)
        session.expire_all()
        again = session.get(AccountErasure, number)
        if again is not None:  # as if the work was stored, and the position was not
            with transaction():
                again.step, again.done_to = before
            with transaction():
                erasing.continue_erasure(number)
        session.expire_all()
        assert list(check()) == []
    assert all(word.lower() not in everything() for word in PRIVATE)


def test_a_name_like_that_of_a_deleted_member_is_not_taken_twice() -> None:
    anna = a_member("anna")
    a_member(f"Deleted member {anna.id}")
    erase(anna.id)
    assert session.get_one(Member, anna.id).username == f"Deleted member {anna.id}a"


def test_other_names_that_begin_alike_stay() -> None:
    anna, annabel, bert = a_member("anna"), a_member("annabel"), a_member("bert")
    post = a_post(by=bert, body="@annabel, @anna, @anna. @anna-bel and anna@example.org, [annabel](/members/99-anna)")
    erase(anna.id)
    name = f"Deleted member {anna.id}"
    assert session.get_one(Post, post.id).source == (
        f"@annabel, {name}, {name}. @anna-bel and anna@example.org, [annabel](/members/99-anna)"
    )
    assert annabel.username == "annabel"


@pytest.mark.parametrize("seed", range(examples(3)))
def test_every_count_is_exact_after_any_acts(seed: int) -> None:
    dice = random.Random(seed)
    members = [a_member() for _ in range(4)]
    mona = a_member("mona", role="moderator")
    threads = [a_thread(by=dice.choice(members)) for _ in range(3)]
    for number in range(25):
        open_members = [member for member in members if member.closed_at is None]
        who, thread = dice.choice(open_members or [mona]), dice.choice(threads)
        act = dice.choice(("post", "post", "react", "mention", "delete", "hide", "show", "rename", "erase"))
        _do(act, who, mona, thread, dice, number)
        session.flush()
        assert list(check()) == [], (seed, number, act)


def _do(  # noqa: C901 - a branch for each act
    act: str, who: Member, mona: Member, thread: Thread, dice: random.Random, number: int
) -> None:
    posts = session.scalars(select(Post).where(Post.thread_id == thread.id, Post.is_public)).all()
    session.refresh(thread, ["board"])
    if act in {"post", "mention"} and not thread.is_deleted:
        a_post(thread=thread, by=who, body=f"@mona and @{who.username.replace(' ', '')}, number {number}")
    elif act == "react" and posts and not thread.is_deleted:
        post = dice.choice(posts)
        session.refresh(post, ["thread", "author"])
        if post.author_id != who.id:
            react(who, post, kind="like")
    elif act == "delete" and posts and posts[-1].position > 1:
        session.refresh(posts[-1], ["thread"])
        actions.delete_post(mona, posts[-1])
    elif act == "hide" and not thread.is_deleted:
        tools.delete_thread(mona, thread)
    elif act == "show" and thread.is_deleted:
        tools.undelete_thread(mona, thread)
    elif act == "rename" and who is not mona:
        rename(OPERATOR, who, f"Somebody {number}")
    elif act == "erase" and who is not mona:
        close_for_member(OPERATOR, who, at_once=True, deletes_posts=dice.random() < 0.5)
        for _ in range(dice.choice((3, 400))):
            erasing.continue_erasure(who.id)


def test_every_column_that_names_a_member_says_what_erasing_does() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "member" for key in column.foreign_keys)
    }
    assert named == set(RULES)
    sections = {section.name for section in SECTIONS} | {"profile"}
    for name, rule in RULES.items():
        assert bool(rule.section) != bool(rule.because), f"{name}: either in the download, or a reason why not"
        assert not rule.section or rule.section in sections, name


def test_every_text_says_what_erasing_does_with_names_in_it() -> None:
    long = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Text | JSON) or (isinstance(column.type, String) and column.type.length is None)
    }
    assert long == set(TEXTS)


def test_alerts_of_others_about_the_member_stay_and_their_own_are_gone() -> None:
    number = a_whole_life()
    erase(number)
    owners = select(func.count()).select_from(Notification)
    assert session.scalar(owners.where(Notification.member_id == number)) == 0
    assert session.scalar(owners.where(Notification.actor_id == number)) == 2


def test_no_archive_is_written_in_the_middle(
    app_in_context: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_TRANSACTION_SECONDS", 0.0)
    anna = a_member("anna")
    a_post(thread=a_thread(by=anna), by=a_member("ben"), body="As @anna says.")
    close_for_member(OPERATOR, anna, at_once=True, deletes_posts=False)
    session.commit()
    with transaction():
        erasing.continue_erasure(anna.id)
    with pytest.raises(BadArchive, match="merged or erased"):
        export(tmp_path / "between")
    erasing.finish(anna.id)
    export(tmp_path / "after")
    assert "anna" not in (tmp_path / "after" / "posts.jsonl").read_text()
