"""Reports by and of accounts that are merged or erased, and how many reports an account may make."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from forum.accounts import erasing
from forum.infra.database.db import session, transaction
from forum.infra.errors import TooSoon
from forum.models import Report, ReviewItem, ReviewNote
from forum.moderation.reports import cases, decisions, making
from tests.account.test_merge_accounts import merge
from tests.factories import a_member, a_post, a_thread


def test_the_cases_about_two_accounts_of_one_member_become_one(app_in_context: Flask) -> None:
    second, first, mona = a_member("anna2"), a_member("anna"), a_member(role="moderator")
    ben, carl, post = a_member("ben"), a_member("carl"), a_post(thread=a_thread(), by=a_member())
    for reporter, about in ((ben, first), (ben, second), (carl, second)):
        item = making.report_member(reporter, about, kind="abuse", words=about.username).item
    decisions.add_note(mona, cases.find_report_case(mona, item.id), "Both are the same.")
    for reporter in (first, second):
        making.report_post(reporter, post, kind="spam", words=reporter.username)
    session.commit()
    ids = second.id, first.id
    merge(*ids)
    of_anna = select(ReviewItem.id).where(ReviewItem.member_id == ids[1])
    assert session.scalars(select(ReviewItem.id).where(ReviewItem.member_id == ids[0])).all() == []
    (item_id,) = session.scalars(of_anna).all()
    words = select(Report.words).where(Report.item_id == item_id).order_by(Report.id)
    assert session.scalars(words).all() == ["anna", "anna2"]
    assert session.scalars(select(ReviewNote.item_id)).all() == [item_id]
    theirs = select(Report.words).where(Report.member_id == ids[1])
    assert session.scalars(theirs).all() == ["anna"]


def test_what_the_profile_of_an_erased_member_said_is_in_no_report(app_in_context: Flask) -> None:
    anna = a_member("anna", about="My secret")
    report = making.report_member(a_member(), anna, kind="abuse")
    assert report.seen_text == "My secret"
    erasing.clear_row(anna)
    session.expire_all()
    assert session.scalars(select(Report.seen_text)).all() == [""]


def test_a_member_cannot_report_without_end(app: Flask) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    with app.app_context(), transaction():
        thread, anna, ben = a_thread(), a_member(), a_member()
        post = a_post(thread=thread, by=ben)
        for _ in range(15):
            making.report_post(anna, post, kind="spam")
        with pytest.raises(TooSoon):
            making.report_member(anna, ben, kind="abuse")
