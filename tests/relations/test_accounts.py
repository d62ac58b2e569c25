"""Whom members ignore and follow, when accounts are merged, erased and downloaded."""

import json
import zipfile
from io import BytesIO

from flask import Flask
from sqlalchemy import select

from forum.accounts import merging
from forum.accounts.closing import close_for_member
from forum.accounts.erasing import finish
from forum.accounts.own_data import write_own_data
from forum.admin.rules import OPERATOR
from forum.infra.database.db import Model, session
from forum.models import FollowedMember, IgnoredMember, Member
from forum.relations import actions
from tests.factories import a_member


def rows(model: type[Model]) -> set[tuple[str, str]]:
    names = {member.id: member.username for member in session.scalars(select(Member))}
    keys = select(*model.__table__.primary_key.columns)
    return {(names[row[0]], names[row[1]]) for row in session.execute(keys)}


def test_the_merged_account_ignores_whom_either_did_and_nobody_themselves(app_in_context: Flask) -> None:
    first, second, ben, cem = a_member("anna"), a_member("anna2"), a_member("ben"), a_member("cem")
    for actor, other in ((second, ben), (first, ben), (second, first), (cem, second), (second, cem)):
        actions.ignore(actor, other)
    actions.follow(ben, second)
    session.commit()
    merging.start_merge(OPERATOR, second, first)
    session.commit()
    merging.finish(second.id)
    assert rows(IgnoredMember) == {("anna", "ben"), ("anna", "cem"), ("cem", "anna")}
    assert rows(FollowedMember) == {("ben", "anna")}


def test_of_an_erased_member_nothing_is_left_in_either_list(app_in_context: Flask) -> None:
    anna, ben = a_member("anna"), a_member("ben")
    for actor, other in ((anna, ben), (ben, anna)):
        actions.ignore(actor, other)
    actions.follow(a_member("cem"), anna)
    session.commit()
    close_for_member(OPERATOR, anna, at_once=True, deletes_posts=False)
    session.commit()
    finish(anna.id)
    assert rows(IgnoredMember) == rows(FollowedMember) == set()


def test_the_download_says_whom_one_ignores_and_follows_and_not_who_does_so(app_in_context: Flask) -> None:
    anna, ben, cem = a_member("anna"), a_member("ben"), a_member("cem")
    actions.ignore(anna, ben)
    actions.follow(anna, cem)
    actions.ignore(cem, anna)
    session.commit()
    write_own_data(anna, file := BytesIO())
    with zipfile.ZipFile(file) as archive:
        listed = {name: json.loads(archive.read(f"{name}.json")) for name in ("ignored", "following")}
    assert {name: [row["username"] for row in found] for name, found in listed.items()} == {
        "ignored": ["ben"],
        "following": ["cem"],
    }
