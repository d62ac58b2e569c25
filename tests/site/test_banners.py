"""Banners of groups beside members' names: which of several, in which colours, and at what price."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.groups.group_actions import change_group, create_group, find_group, move_group
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.models import BuiltInGroup, Group, Member, Thread
from forum.site.appearance import DARK_SCHEME
from forum.site.colours import MIN_TEXT_CONTRAST, contrast
from forum.site.group_membership import banner_of
from forum.site.queries import snapshot
from tests.conftest import log_in
from tests.factories import a_member, a_thread, join
from tests.middleware.guests import statements, wait_until_visible

Writing = Callable[[], AbstractContextManager[None]]
BROWN = "#7a3d00"


def a_bannered(text: str, *members: Member, colour: str = BROWN) -> Group:
    """A group with a banner."""
    group = create_group(OPERATOR, {"title": f"Group {text}", "banner_text": text, "banner_colour": colour})
    for member in members:
        join(member, group)
    return group


def text_beside(member: Member) -> str:
    banner = banner_of(member)
    return banner.text if banner else ""


def test_the_first_group_in_the_list_gives_its_banner(app_in_context: Flask) -> None:
    anna = a_member()
    a_bannered("Support team", anna)
    second = a_bannered("Patron", anna)
    assert text_beside(anna) == "Support team"
    move_group(OPERATOR, second, up=True)
    assert text_beside(anna) == "Patron"
    assert text_beside(a_member()) == ""


def test_of_the_built_in_groups_the_highest_counts(app_in_context: Flask) -> None:
    for group, text in ((BuiltInGroup.MEMBERS, "Citizen"), (BuiltInGroup.MODERATORS, "Keeper")):
        change_group(OPERATOR, find_group(group), {"banner_text": text})
    assert [text_beside(a_member(role=role)) for role in ("member", "moderator")] == ["Citizen", "Keeper"]


def test_a_banner_ends_with_the_membership(app_in_context: Flask) -> None:
    anna, group = a_member(), a_bannered("Guest of honour")
    join(anna, group, until=clock.now() + timedelta(hours=1))
    assert text_beside(anna) == "Guest of honour"
    with clock.frozen_at(clock.now() + timedelta(hours=2)):
        session.expire(anna)
        assert text_beside(anna) == ""


@pytest.mark.parametrize("colour", ["brown", "#ff0", "#ffff00"])
def test_a_colour_in_which_nobody_can_read_is_refused(app_in_context: Flask, colour: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_bannered("Support", colour=colour)
    assert list(refused.value.fields) == ["banner_colour"]


def test_the_colour_of_dark_mode_can_be_read_too(app_in_context: Flask) -> None:
    a_bannered("Support", colour=BROWN.upper())
    pair = r"light-dark\((#\w+),(#\w+)\)"
    rule = re.search(rf"color:{pair};background:{pair}", snapshot().style_sheet.css)
    assert rule
    light, dark, light_tint, dark_tint = rule.groups()
    assert light == BROWN
    pairs = ((light, light_tint), (dark, dark_tint), (dark, DARK_SCHEME.backgrounds[0]))
    assert all(contrast(*each) >= MIN_TEXT_CONTRAST for each in pairs)


def test_it_is_beside_posts_on_the_profile_and_in_the_list(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        anna = a_member("anna")
        thread = a_thread(by=anna)
        paths = (thread.path, anna.path, "/members")
        before = [client.get(path).text for path in paths]
        a_bannered("Support team", anna)
    wait_until_visible(app)
    for path, old in zip(paths, before, strict=True):
        assert "Support team" not in old
        assert re.search(r'<span class="mark mark-g\d+" dir="auto">Support team</span>', client.get(path).text), path


def test_a_members_thread_page_takes_no_statement_more(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        anna = a_member("anna")
        path = a_thread(by=anna).path
        a_member("ben")
    log_in(client, "ben")
    counts = []
    for text in ("", "Support team"):
        if text:
            with writing():
                a_bannered(text, session.query(Member).filter_by(username="anna").one())
        client.get("/help")  # loads the site's settings
        client.get(path)
        with writing():
            session.query(Thread).update({"version": Thread.version + 1})  # so that no cached posts are served
        with statements(app) as seen:
            assert ("Support team" in client.get(path).text) == bool(text)
        counts.append(len(seen))
    assert counts[0] == counts[1]
