"""Two accounts of one person become one: everything moves, in slices, and every count is exact after each."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.accounts import erased_posts, merged_posts, merged_rows, merging, steps
from forum.accounts.closing import close_for_member
from forum.accounts.personal_data import RULES, Merge
from forum.admin.members.invitations import invited_by, line_of
from forum.admin.rules import OPERATOR
from forum.archive.check import check
from forum.archive.errors import BadArchive
from forum.archive.export import export
from forum.infra import clock
from forum.infra.database.db import Model, session, transaction
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.members import actions as account_actions
from forum.members import names, queries, sanctions
from forum.members.credentials import api_tokens, sessions
from forum.members.signup import invitations
from forum.models import (
    AccountMerge,
    Draft,
    GroupMembership,
    Invitation,
    LogEntry,
    Member,
    Post,
    Reaction,
    Sanction,
    Thread,
    ThreadRead,
)
from forum.reactions.actions import react
from forum.threads import actions, read_marks
from tests.admin.pages import error_at, member
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_group, a_member, a_post, a_thread, join
from tests.middleware.guests import Writing

COUNTED = {"posts", "reactions", "threads", "notification.member_id", "notification.actor_id", "name", "mentions"}


@pytest.fixture
def _small_slices(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of a row or two, one in a transaction."""
    monkeypatch.setattr(merged_rows, "SLICE_ROWS", 2)
    monkeypatch.setattr(merged_rows, "SCANNED_ROWS", 2)
    monkeypatch.setattr(merged_posts, "SCANNED_THREADS", 2)
    monkeypatch.setattr(erased_posts, "SCANNED_POSTS", 3)
    monkeypatch.setattr(steps, "MAX_TRANSACTION_SECONDS", 0.0)


def two_accounts() -> tuple[int, int]:
    """The ids of anna's second account and of her first, with all kinds of rows, some of which both have."""
    second, first, bert = a_member("anna2"), a_member("anna"), a_member("bert")
    mona, friends = a_member("mona", role="moderator"), a_group("Friends", second, first)
    join(second, a_group("Others"))
    thread, own = a_thread(by=bert, body="Hello @anna2 and @anna!"), a_thread(by=second)
    posts = [a_post(thread=thread, by=who) for who in (second, first, bert, second)]
    actions.edit_post(second, posts[0], body="Changed.")
    actions.delete_post(mona, posts[3])
    for who, post in ((second, posts[1]), (first, posts[0]), (second, posts[2]), (first, posts[2]), (bert, posts[0])):
        react(who, post, kind="like")
    react(second, a_post(thread=own, by=bert), kind="like")
    read_marks.mark_read(second, thread, 4)
    read_marks.mark_read(first, thread, 2)
    read_marks.mark_read(second, own, 1)
    for who in (second, first):
        session.add(Draft(member_id=who.id, place="board:1", body=who.username, updated_at=clock.now()))
        sessions.start(who, persistent=True)
    session.add(Draft(member_id=second.id, place="board:2", body="only there", updated_at=clock.now()))
    api_tokens.make(second, name="My script", scopes=["read"])
    sanctions.impose_ban(mona, second, until=clock.now() + timedelta(days=1))
    sanctions.lift_ban(mona, second)
    assert friends.id
    session.flush()
    return second.id, first.id


def merge(second: int, first: int, *, twice: bool = False) -> None:
    merging.start_merge(OPERATOR, session.get_one(Member, second), session.get_one(Member, first))
    session.commit()
    while (row := session.get(AccountMerge, second)) is not None:
        before = row.step, row.done_to
        for _ in range(2 if twice else 1):
            with transaction():
                again = session.get(AccountMerge, second)
                if again is not None and twice:  # as if the work was stored, and the position was not
                    again.step, again.done_to = before
            with transaction():
                merging.continue_merge(second)
            session.expire_all()
            if before[0] in COUNTED:
                assert list(check()) == [], before


@pytest.mark.usefixtures("_small_slices")
@pytest.mark.parametrize("twice", [False, True])
def test_everything_moves_and_counts_are_exact_after_each_slice(twice: bool) -> None:
    second, first = two_accounts()
    merge(second, first, twice=twice)
    for name, rule in RULES.items():
        table, column = name.split(".")
        here = Model.metadata.tables[table].c[column]
        left = session.scalar(select(func.count()).select_from(here.table).where(here == second))
        assert left == 0 or rule.merge is Merge.STAY, name
    anna, shell = session.get_one(Member, first), session.get_one(Member, second)
    assert (anna.message_count, shell.message_count, shell.username) == (203, 0, f"Deleted member {second}")
    assert session.scalars(select(Thread.starter_id).where(Thread.id == 2)).one() == first
    given = session.execute(select(Reaction.post_id, Reaction.member_id).where(Reaction.member_id == first)).all()
    assert len(given) == 2, "none to her own posts, and one to bert's of which both had one"
    marks = select(ThreadRead.thread_id, ThreadRead.position).where(ThreadRead.member_id == first)
    assert [tuple(row) for row in session.execute(marks.order_by(ThreadRead.thread_id))] == [(1, 4), (2, 1)]
    drafts = select(Draft.body).where(Draft.member_id == first).order_by(Draft.place)
    assert session.scalars(drafts).all() == ["anna", "only there"]
    assert len(sessions.of(anna)) == 1
    assert session.scalars(select(Sanction.member_id)).all() == [first]
    about = select(LogEntry.action).where(LogEntry.target == f"member:{first}").order_by(LogEntry.id)
    assert session.scalars(about).all() == ["ban", "unban", "merge-members", "merged-members"]


@pytest.mark.usefixtures("_small_slices")
def test_the_other_name_becomes_a_former_one_and_mentions_lead_to_the_account() -> None:
    second, first = two_accounts()
    merge(second, first)
    html = session.get_one(Post, 1).html
    assert html.count(f'href="/members/{first}-anna"') == 2
    assert f"/members/{second}-" not in html
    session.commit()
    assert account_actions.authenticate("anna2", PASSWORD, home="").id == first


@pytest.mark.usefixtures("_small_slices")
def test_closed_accounts_staff_and_those_being_merged_are_refused() -> None:
    anna, bert, olaf = a_member("anna"), a_member("bert"), a_member("olaf", role="admin")
    with pytest.raises(Invalid):
        merging.start_merge(OPERATOR, anna, anna)
    with pytest.raises(Forbidden):
        merging.start_merge(OPERATOR, olaf, anna)
    with pytest.raises(Forbidden):
        merging.start_merge(a_member("mona", role="moderator"), anna, bert, password=PASSWORD)
    merging.start_merge(OPERATOR, anna, bert)
    with pytest.raises(Conflict):
        merging.start_merge(OPERATOR, bert, olaf)
    with pytest.raises(Conflict):
        close_for_member(OPERATOR, bert, at_once=True, deletes_posts=False)
    with pytest.raises(Conflict):
        merging.start_merge(OPERATOR, anna, olaf)
    with pytest.raises(Conflict):
        merging.start_merge(OPERATOR, olga := a_member("olga"), a_member("nobody", password_hash=None))
    assert olga.closed_at is None


@pytest.mark.usefixtures("_small_slices")
def test_of_two_bans_one_stays_in_force() -> None:
    second, first = a_member("anna2"), a_member("anna")
    for who in (second, first):
        sanctions.impose_ban(None, who, reason=who.username)
    numbers = second.id, first.id
    merge(*numbers)
    bans = select(Sanction.reason, Sanction.ended_at.is_(None)).where(Sanction.member_id == numbers[1])
    assert sorted(tuple(row) for row in session.execute(bans)) == [("anna", True), ("anna2", False)]


@pytest.mark.usefixtures("_small_slices")
def test_a_ban_or_mute_imposed_while_it_runs_is_one_of_the_account_that_stays(tmp_path: Path) -> None:
    olaf, second, first = a_member("olaf", role="admin"), a_member("anna2"), a_member("anna")
    merging.start_merge(OPERATOR, second, first)
    while session.get_one(AccountMerge, second.id).step != "log":  # sanctions have moved already
        merging.continue_merge(second.id)
    sanctions.ban(olaf, second, reason="A second account")
    sanctions.mute(olaf, second, board_id=None)
    imposed = session.execute(select(Sanction.member_id, Sanction.kind))
    assert {tuple(row) for row in imposed} == {(first.id, "ban"), (first.id, "mute")}
    session.commit()
    with pytest.raises(BadArchive, match="being merged"):
        export(tmp_path / "archive")
    with transaction():
        merging.finish(second.id)
    assert first.is_banned
    assert export(tmp_path / "archive") > 0


@pytest.mark.usefixtures("_small_slices")
def test_members_write_and_react_while_it_runs() -> None:
    dice = random.Random(1)
    second, first = two_accounts()
    merging.start_merge(OPERATOR, session.get_one(Member, second), session.get_one(Member, first))
    session.commit()
    while session.get(AccountMerge, second) is not None:
        session.rollback()
        with transaction():
            if dice.random() < 0.7:
                merging.continue_merge(second)
                continue
            who = session.get_one(Member, dice.choice((first, 3)))
            thread = session.get_one(Thread, dice.choice((1, 2)))
            session.refresh(thread, ["board"])
            post = a_post(thread=thread, by=who)
            if who.id == 3:
                react(session.get_one(Member, first), post, kind="like")
        session.expire_all()
        assert list(check()) == []
    session.expire_all()
    assert list(check()) == []


@pytest.mark.usefixtures("_small_slices")
@pytest.mark.parametrize("step", ["reactions", "log", "name", "mentions"])
def test_what_a_request_wrote_that_was_running_when_it_began_moves_too(step: str) -> None:
    second, first = two_accounts()
    merging.start_merge(OPERATOR, session.get_one(Member, second), session.get_one(Member, first))
    session.commit()
    while session.get_one(AccountMerge, second).step != step:
        with transaction():
            merging.continue_merge(second)
        session.expire_all()
    with transaction():
        thread, late = session.get_one(Thread, 1), session.get_one(Member, second)
        session.refresh(thread, ["board"])
        post = a_post(thread=thread, by=late)
        own = a_thread(by=late)
    merging.finish(second)
    session.expire_all()
    assert (post.author_id, own.starter_id) == (first, first)
    assert session.get_one(Member, second).message_count == 0
    assert list(check()) == []


def test_admins_merge_accounts(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("olaf", role="admin")
        a_member("anna2")
        a_thread(by=member("anna2"), title="By the second account")
        a_member("anna")
    log_in(client, "olaf")
    form = {"csrf_token": token_in(client.get("/admin/members/2/merge").text), "password": PASSWORD}
    unknown = client.post("/admin/members/2/merge", data=form | {"target": "nobody"})
    assert (unknown.status_code, error_at(unknown, "target")) == (422, "There is no such member.")
    wrong = client.post("/admin/members/2/merge", data=form | {"target": "anna", "password": "wrong words here"})
    assert (wrong.status_code, 'value="anna"' in wrong.text) == (422, True)
    answer = client.post("/admin/members/2/merge", data=form | {"target": "anna"})
    assert answer.headers["Location"] == "/admin/members/3"
    assert "is being moved" in client.get("/admin/members/2").text
    with app.app_context():
        while session.get(AccountMerge, 2) is not None:
            merging.run_pending()
    assert "By the second account" in client.get("/members/3-anna?tab=threads").text
    assert "anna2" in client.get("/admin/members/3").text
    anna = app.test_client()
    log_in(anna, "anna")
    assert anna.get("/admin/members/2/merge").status_code == 403
    refused = anna.post("/admin/members/2/merge", data={"csrf_token": token_in(anna.get("/account").text)})
    assert refused.status_code == 403


@pytest.mark.usefixtures("_small_slices")
def test_nothing_personal_is_left_of_the_other_account() -> None:
    told = {"email": "two@example.org", "email_key": "two@example.org", "country": "Peru", "custom_title": "Anna again"}
    second = a_member("anna2", role="moderator", about="A private word.", two_factor_at=clock.now(), **told)
    first = a_member("anna")
    numbers = second.id, first.id
    merge(*numbers)
    shell = session.get_one(Member, numbers[0])
    cleared = ("email", "email_key", "password_hash", "joined_at", "two_factor_at")
    assert [getattr(shell, name) for name in cleared] == [None] * 5
    assert (shell.about, shell.country, shell.custom_title, shell.role) == ("", "", "", "member")
    assert names.member_of_email("two@example.org") is None


def test_closed_accounts_are_no_staff(app_in_context: Flask) -> None:
    a_member("olaf", role="admin", closed_at=clock.now())
    assert (queries.has_admin(), queries.names_of_staff()) == (False, [])


@pytest.mark.usefixtures("_small_slices")
@pytest.mark.parametrize("days", [(None, 2), (2, None), (5, 2), (2, 5)])
def test_of_two_bans_or_memberships_the_longer_one_stays(days: tuple[int | None, int | None]) -> None:
    second, first, group = a_member("anna2"), a_member("anna"), a_group()
    untils = [clock.now() + timedelta(days=number) if number else None for number in days]
    with clock.frozen_at(clock.now() - timedelta(days=9)):
        for who, until in zip((second, first), untils, strict=True):
            sanctions.impose_ban(None, who, until=until)
            join(who, group, until=until)
    longer = None if None in untils else max(until for until in untils if until)
    numbers = second.id, first.id
    merge(*numbers)
    bans = select(Sanction.until).where(Sanction.member_id == numbers[1], Sanction.ended_at.is_(None))
    assert session.scalars(bans).all() == [longer]
    assert session.scalars(select(GroupMembership.until)).all() == [longer]


@pytest.mark.usefixtures("_small_slices")
def test_an_expired_ban_does_not_replace_one_in_force() -> None:
    second, first = a_member("anna2"), a_member("anna")
    with clock.frozen_at(clock.now() - timedelta(days=9)):
        sanctions.impose_ban(None, first, until=clock.now() + timedelta(days=2))
    sanctions.impose_ban(None, second)
    numbers = second.id, first.id
    merge(*numbers)
    assert session.get_one(Member, numbers[1]).is_banned


def an_invitation(by: Member, used: Member | None = None) -> Invitation:
    invitation = invitations.create(by)
    if used is not None:
        invitation.used_at, invitation.used_by_id = clock.now(), used.id
    session.flush()
    return invitation


@pytest.mark.usefixtures("_small_slices")
@pytest.mark.parametrize("invited_the_other", [False, True])
def test_nobody_is_left_who_has_invited_themselves(invited_the_other: bool) -> None:
    second, first = a_member("anna2"), a_member("anna")
    an_invitation(*((second, first) if invited_the_other else (first, second)))
    numbers = second.id, first.id
    merge(*numbers)
    assert session.execute(select(Invitation.inviter_id, Invitation.used_by_id)).all() == [(numbers[1], None)]
    anna = session.get_one(Member, numbers[1])
    assert (line_of(anna), invited_by(anna, 1)[0]) == ([], [])


@pytest.mark.usefixtures("_small_slices")
def test_both_invitations_stay_where_both_were_invited_and_a_line_in_a_circle_ends() -> None:
    second, first, bert, carl = a_member("anna2"), a_member("anna"), a_member("bert"), a_member("carl")
    an_invitation(bert, second)
    an_invitation(carl, first)
    an_invitation(second, carl)
    numbers = second.id, first.id
    merge(*numbers)
    rows = session.execute(select(Invitation.inviter_id, Invitation.used_by_id).order_by(Invitation.id)).all()
    assert rows == [(bert.id, None), (carl.id, numbers[1]), (numbers[1], carl.id)]
    assert line_of(session.get_one(Member, numbers[1])) == [carl]


def test_open_invitations_are_revoked(app_in_context: Flask) -> None:
    second, first = a_member("anna2"), a_member("anna")
    code = invitations.code_of(an_invitation(second))
    merging.start_merge(OPERATOR, second, first)
    session.flush()
    assert (invitations.find(code), invitations.open_count(second)) == (None, 0)
