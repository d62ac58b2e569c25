"""A page of any list takes as many SQLite steps on a forum of five times the size."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import insert

from forum.audit_log import log_page, record
from forum.boards.queries import latest_in, sections, tree
from forum.infra import clock
from forum.infra.database.db import db, session
from forum.members.lists import SORTS as WAYS
from forum.members.lists import members_on_page, names_like
from forum.models import Board, Member, ThreadRead
from forum.threads import lists, read_marks, sitemap
from tests.factories import a_board, a_member
from tests.scaling import insert_members, insert_threads, vm_steps

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]
FEW, MANY = 2_400, 12_000  # more than any list counts or scans
SPREAD = 1.3


@dataclass
class Objects:
    """The readers and the boards."""

    boards: list[Board]
    authors: list[Member]
    reader: Member
    moderator: Member

    def grow(self, first: int, last: int, *, is_analysed: bool) -> None:
        """Add members and threads; the reader has read the newest ones, and some are deleted."""
        insert_threads(self.boards, self.authors, first, last)
        insert_members(first, last)
        read = {"member_id": self.reader.id, "position": 1, "read_at": clock.now()}
        rows = [read | {"thread_id": 1_000_000 + number} for number in range(first, last)]
        session.execute(insert(ThreadRead), rows)
        session.commit()
        if is_analysed:
            with db.engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE")


@pytest.fixture
def objects(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Objects:
    monkeypatch.setattr("forum.members.lists.LIST_PAGES", 50)  # so that there are more members than can be paged
    boards = [a_board(f"Board {number}") for number in range(3)]
    made = Objects(boards, [a_member(), a_member()], a_member(), a_member(role="moderator"))
    read_marks.mark_board_read(a_member(), boards[0])
    record("login", actor=made.reader)
    session.commit()
    return made


def lists_of(objects: Objects) -> dict[str, Callable[[], object]]:
    """Every list of threads, posts and members, by who reads it."""
    found: dict[str, Callable[[], object]] = {}
    board, author = objects.boards[0], objects.authors[0]
    for who, actor in (("guest", None), ("member", objects.reader), ("moderator", objects.moderator)):
        for sort, page in product(lists.SORTS, (1, 9)):
            name = f"{who}: {{}} by {sort}, page {page}"
            found[name.format("board")] = partial(lists.threads_in_board, actor, board, number=page, sort=sort)
            everywhere = partial(lists.all_threads, actor, number=page, sort=sort)
            found |= {name.format("all"): everywhere, name.format("one of all"): partial(everywhere, board=board)}
        found[f"{who}: an author's posts"] = partial(lists.posts_of, actor, author, 1)
        found[f"{who}: an author's threads"] = partial(lists.threads_of, actor, author, 1)
    for sort in lists.SORTS:
        for who, actor in (("all read", objects.reader), ("nothing read", objects.moderator)):
            found[f"unread by {sort}, {who}"] = partial(lists.all_threads, actor, sort=sort, unread=True)
    for way, page in product(WAYS, (1, 9)):
        found[f"members by {way}, page {page}"] = partial(members_on_page, way, page)
    return found | {
        "index, all read": lambda: sections(objects.reader, tree(objects.reader)),
        "index, nothing read": lambda: sections(objects.moderator, tree(objects.moderator)),
        "feed": lambda: latest_in(None, objects.boards, most=20),
        "sitemap": sitemap.parts,
        "a part of the sitemap": lambda: sitemap.part(sitemap.parts() - 1),
        "names with a common beginning": lambda: names_like("a"),
        "names with a rare beginning": lambda: names_like("ann0008"),
        "log": lambda: log_page(1),
    }


@pytest.mark.parametrize("is_analysed", [False, True], ids=["as SQLite guesses", "as ANALYZE knows"])
def test_no_list_costs_more_on_a_larger_forum(objects: Objects, is_analysed: bool) -> None:
    def costs() -> dict[str, int]:
        return {name: vm_steps(work) for name, work in lists_of(objects).items()}

    objects.grow(0, FEW, is_analysed=is_analysed)
    costs()
    before = costs()
    objects.grow(FEW, MANY, is_analysed=is_analysed)
    after = costs()
    dearer = {name: f"{before[name]} -> {after[name]}" for name in before if after[name] > before[name] * SPREAD + 3}
    assert dearer == {}


def test_a_reader_who_marked_every_board_as_read_takes_as_many_steps(objects: Objects) -> None:
    def costs() -> list[int]:
        unread = vm_steps(lambda: lists.all_threads(objects.moderator, unread=True))
        return [unread, vm_steps(lambda: sections(objects.moderator, tree(objects.moderator)))]

    objects.grow(0, FEW, is_analysed=False)
    before = []
    for last in (FEW, MANY):
        objects.grow(FEW, last, is_analysed=False) if last > FEW else None
        with clock.frozen_at(clock.now() + timedelta(days=1)):
            for board in objects.boards:
                read_marks.mark_board_read(objects.moderator, board)
        session.commit()
        before.append(costs())
    assert all(many <= few * SPREAD + 3 for few, many in zip(*before, strict=True))
