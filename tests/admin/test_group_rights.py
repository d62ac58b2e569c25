"""Rights of groups: who has which by default, what each allows, and that they cannot be used to gain others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum import permissions
from forum.admin import board_actions, row_actions, setting_actions
from forum.admin.edit_conflicts import ChangedMeanwhile, fingerprint
from forum.admin.groups import access_actions
from forum.admin.groups.group_actions import (
    add_member,
    change_group,
    create_group,
    delete_group,
    find_group,
    move_group,
)
from forum.admin.groups.right_actions import right_values, rights_of, set_rights
from forum.admin.jobs.job_actions import run_now
from forum.admin.members import member_actions
from forum.admin.notices import notice_actions
from forum.admin.operation import backups, mail
from forum.admin.row_types import TITLES
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid, TooSoon
from forum.members import roles, sanctions
from forum.members.credentials import api_tokens
from forum.models import AccessLevel, BuiltInGroup, GroupRight, LogEntry, Member, Notification, Right, Role
from forum.models.members.group_right import MANAGE_RIGHTS
from forum.reactions.actions import react
from forum.site.actions import set_value
from forum.site.group_membership import groups_of
from forum.site.queries import snapshot
from forum.threads import actions
from tests.factories import a_ban, a_board, a_group, a_list, a_member, a_newcomer, a_post, a_thread, an_entry, join

# what each role could do before rights had names
BEFORE = {
    "member": {
        *(Right.SEE_MEMBERS, Right.REACT, Right.USE_API, Right.INVITE, Right.START_CONVERSATIONS),
        Right.POST_WITHOUT_APPROVAL,
    },
    "moderator": {
        *(Right.SEE_MEMBERS, Right.REACT, Right.USE_API, Right.INVITE, Right.POST_WITHOUT_LIMITS),
        *(Right.SEE_HIDDEN_MEMBERS, Right.SEE_LOG, Right.BAN_MEMBERS, Right.POST_WITHOUT_APPROVAL),
        Right.START_CONVERSATIONS,
    },
    "admin": set(Right),
}
WAS = ("see_members", "react", "use_api", "invite", "start_conversations", "post_without_approval")  # of members
pytestmark = pytest.mark.usefixtures("app_in_context")


def member_with(*rights: Right) -> Member:
    """A member of a group with rights."""
    member = a_member()
    set_rights(OPERATOR, a_group(None, member), rights)
    return member


@pytest.mark.parametrize("role", list(BEFORE))
def test_by_default_each_role_has_the_rights_it_had(role: str) -> None:
    assert permissions.scope_of(a_member(role=role)).rights == BEFORE[role]


def test_guests_and_the_banned_only_see_members() -> None:
    banned = a_member(role="admin")
    a_member(role="admin")
    a_ban(banned)
    assert permissions.scope_of(banned).rights == permissions.scope_of(None).rights == {Right.SEE_MEMBERS}


@pytest.mark.parametrize("right", list(Right))
def test_a_right_is_given_and_taken_and_rights_of_groups_add_up(right: Right) -> None:
    member, group = a_member(), a_group()
    set_rights(OPERATOR, a_group(None, member), {right})
    assert permissions.scope_of(member).rights == BEFORE["member"] | {right}
    assert set_rights(OPERATOR, group, {right})
    assert not set_rights(OPERATOR, group, {right})
    assert set_rights(OPERATOR, find_group(BuiltInGroup.MEMBERS), ())
    assert permissions.scope_of(member).rights == {right, Right.SEE_MEMBERS}
    entry = session.query(LogEntry).order_by(LogEntry.id.desc()).limit(1).one()
    assert (entry.action, entry.details) == (
        "change-groups",
        {"name": "rights", "was": ", ".join(WAS), "now": "–"},
    )


def test_only_differences_from_the_defaults_are_stored() -> None:
    moderators = find_group(BuiltInGroup.MODERATORS)
    set_rights(OPERATOR, moderators, rights_of(moderators) - {Right.SEE_LOG} | {Right.SEE_ADDRESSES})
    rows = session.query(GroupRight.right, GroupRight.is_granted).all()
    assert {tuple(row) for row in rows} == {("see_log", False), ("see_addresses", True)}
    session.add(GroupRight(group_id=moderators.id, right="a_right_of_a_later_version", is_granted=True))
    set_value("name", "Another name")
    assert snapshot().access.rights_of(moderators.id) == rights_of(moderators)


def test_admins_have_all_rights_and_guests_none_that_need_an_account() -> None:
    with pytest.raises(Conflict):
        set_rights(OPERATOR, find_group(BuiltInGroup.ADMINS), ())
    with pytest.raises(Invalid):
        set_rights(OPERATOR, find_group(BuiltInGroup.GUESTS), {Right.SEE_MEMBERS, Right.REACT})


def test_two_admins_do_not_overwrite_each_other_unseen() -> None:
    group = a_group()
    seen = fingerprint(right_values(group))
    set_rights(OPERATOR, group, {Right.SEE_LOG}, seen=seen)
    with pytest.raises(ChangedMeanwhile, match="Somebody else"):
        set_rights(OPERATOR, group, {Right.BAN_MEMBERS}, seen=seen)
    assert rights_of(group) == {Right.SEE_LOG}


def test_members_without_the_right_cannot_react_or_create_tokens() -> None:
    anna, post = a_member(), a_post()
    react(anna, post, kind="like")
    api_tokens.make(anna, name="mine", scopes="read")
    set_rights(OPERATOR, find_group(BuiltInGroup.MEMBERS), ())
    with pytest.raises(Forbidden, match="You cannot react to posts"):
        react(anna, post, kind="like")
    with pytest.raises(Forbidden, match="You cannot create API tokens"):
        api_tokens.make(anna, name="another", scopes="read")


def test_editing_without_limit_is_for_own_posts_in_unlocked_threads() -> None:
    anna = member_with(Right.EDIT_WITHOUT_LIMIT)
    own, other = a_post(by=anna), a_post()
    with clock.frozen_at(clock.now() + timedelta(days=400)):
        assert permissions.may_edit_post(anna, own, window_minutes=60)
        assert not permissions.may_edit_post(anna, other, window_minutes=60)
        own.thread.is_locked = True
        assert not permissions.may_edit_post(anna, own, window_minutes=60)


def test_posting_without_limits(app: Flask) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    set_value("flood_seconds", 600)
    newcomer, thread = a_newcomer(), a_thread()
    actions.reply(newcomer, thread, body="One post.")
    with pytest.raises(TooSoon):
        actions.reply(newcomer, thread, body="Another post.")
    set_rights(OPERATOR, a_group(None, newcomer), {Right.POST_WITHOUT_LIMITS})
    session.refresh(newcomer)
    actions.reply(newcomer, thread, body="Another post.")


def test_those_who_may_ban_rank_above_members_and_below_moderators() -> None:
    one, other, plain = member_with(Right.BAN_MEMBERS), member_with(Right.BAN_MEMBERS), a_member()
    moderator = a_member(role="moderator")
    assert sanctions.may_ban(one, plain)
    assert sanctions.may_ban(moderator, one)
    for target in (other, moderator, a_member(role="admin"), one):
        assert not sanctions.may_ban(one, target)
    assert not sanctions.may_ban(plain, a_member())


def test_each_matter_of_administration_can_be_given_alone() -> None:
    board = a_board()
    acts: dict[Right, Any] = {
        Right.MANAGE_BOARDS: lambda actor: board_actions.change_board(actor, board, {"description": str(actor.id)}),
        Right.MANAGE_SETTINGS: lambda actor: setting_actions.change_settings(actor, {"description": str(actor.id)}),
        Right.MANAGE_LISTS: lambda actor: row_actions.create_row(
            actor, TITLES, {"title": f"Title {actor.id}", "min_messages": actor.id + 1000}
        ),
        Right.MANAGE_MEMBERS: lambda actor: member_actions.change_title(actor, a_member(), "Gardener"),
        Right.MANAGE_NOTICES: lambda actor: notice_actions.create_notice(actor, {"body": "Back soon."}),
        Right.MANAGE_GROUPS: lambda actor: create_group(actor, {"title": f"Group of {actor.id}"}),
        Right.MANAGE_MAIL: mail.retry_all,
        Right.MANAGE_BACKUPS: backups.request_backup,
        Right.RUN_JOBS: lambda actor: run_now(actor, "send-mail"),
    }
    assert set(acts) == MANAGE_RIGHTS
    for right, act in acts.items():
        act(member_with(right))
        others = member_with(*(Right(each) for each in set(Right) - {right}))
        with pytest.raises(Forbidden, match="Only admins can do this"):
            act(others)
        assert permissions.may_open_administration(member_with(right))
    assert not permissions.may_open_administration(a_member(role="moderator"))


@pytest.mark.parametrize("target", ["moderator", "admin", "with more rights"])
def test_managing_members_gives_no_way_to_a_stronger_account(target: str) -> None:
    manager = member_with(Right.MANAGE_MEMBERS)
    stronger = member_with(Right.MANAGE_BOARDS) if target == "with more rights" else a_member(role=target)
    for act in (
        lambda: member_actions.reset_link(manager, stronger, home="http://localhost"),
        lambda: member_actions.log_out_everywhere(manager, stronger),
        lambda: member_actions.change_title(manager, stronger, "King"),
    ):
        with pytest.raises(Forbidden, match="Only admins can change the accounts of staff"):
            act()
    member_actions.change_title(manager, a_member(), "Gardener")


def test_access_lists_and_roles_are_for_admins_alone() -> None:
    everything_else = member_with(*Right)
    for act in (
        lambda: access_actions.set_list(everything_else, a_board(), []),
        lambda: roles.set_role(everything_else, a_member(), Role.MODERATOR),
    ):
        with pytest.raises(Forbidden, match="Only admins can do this"):
            act()


def test_who_manages_groups_changes_only_those_below_that_may_do_nothing_more() -> None:
    above = a_group("Above")
    manager = member_with(Right.MANAGE_GROUPS, Right.SEE_LOG)
    own = find_group(max(groups_of(manager)))
    below, stronger, keepers = a_group("Below"), a_group("Stronger"), a_group("Keepers")
    set_rights(OPERATOR, stronger, {Right.BAN_MEMBERS})
    a_list(a_board("Vault"), an_entry(keepers, AccessLevel.SEE))
    refused = {
        "built in": find_group(BuiltInGroup.GUESTS),
        "below your own": above,
        "list": own,
        "more than you": stronger,
        "Only admins": keepers,
    }
    for words, group in refused.items():
        for act in (
            lambda group=group: change_group(manager, group, {"title": "Mine"}),
            lambda group=group: set_rights(manager, group, {Right.SEE_LOG}),
            lambda group=group: add_member(manager, group, manager),
            lambda group=group: delete_group(manager, group),
            lambda group=group: move_group(manager, group, up=True),
        ):
            with pytest.raises(Forbidden, match=words):
                act()
    change_group(manager, below, {"title": "Beneath"})
    set_rights(manager, below, {Right.SEE_LOG, Right.MANAGE_GROUPS})
    add_member(manager, below, a_member())
    with pytest.raises(Invalid):
        set_rights(manager, below, {Right.MANAGE_MAIL})
    with pytest.raises(Forbidden, match="below your own"):
        move_group(manager, below, up=True)  # it would change places with their own
    delete_group(manager, below)


def test_a_group_may_edit_for_longer_than_the_setting_and_the_longest_counts() -> None:
    anna, ben = a_member(), a_member()
    for minutes in (5, 600):
        join(anna, create_group(OPERATOR, {"title": f"Group {minutes}", "edit_minutes": minutes}))
    own, other, now = a_post(by=anna), a_post(by=ben), clock.now()
    for hours, may in ((2, True), (11, False)):
        with clock.frozen_at(now + timedelta(hours=hours)):
            assert bool(permissions.may_edit_post(anna, own, window_minutes=60)) == may
            assert not permissions.may_edit_post(ben, other, window_minutes=60)


def test_nobody_gives_more_time_to_edit_than_they_have() -> None:
    manager = member_with(Right.MANAGE_GROUPS)
    create_group(manager, {"title": "Slow", "edit_minutes": 60})
    with pytest.raises(Invalid):
        create_group(manager, {"title": "Slower", "edit_minutes": 61})


def test_who_manages_groups_leaves_the_groups_of_staff_alone() -> None:
    manager, group = member_with(Right.MANAGE_GROUPS), a_group()
    for member in (a_member(role="moderator"), a_member(role="admin"), member_with(Right.SEE_LOG)):
        with pytest.raises(Forbidden, match="groups of staff"):
            add_member(manager, group, member)


def test_an_entry_below_a_board_that_a_manager_cannot_see_is_more_than_they_have() -> None:
    manager, group = member_with(Right.MANAGE_GROUPS), a_group()
    hidden = a_board("Hidden")
    a_list(hidden, an_entry(a_group()))
    a_list(a_board("Inside", parent_id=hidden.id), an_entry(group))
    with pytest.raises(Forbidden, match="more than you"):
        add_member(manager, group, a_member())


def test_an_entry_for_all_threads_is_more_than_one_for_own_threads() -> None:
    manager, group, askers = member_with(Right.MANAGE_GROUPS), a_group(), a_group()
    members, board = find_group(BuiltInGroup.MEMBERS), a_board()
    own = an_entry(members, own_threads_only=True)
    a_list(board, own, an_entry(group, AccessLevel.SEE), an_entry(askers, AccessLevel.SEE, own_threads_only=True))
    add_member(manager, askers, a_member())
    with pytest.raises(Forbidden, match="more than you"):
        add_member(manager, group, a_member())


@pytest.mark.parametrize(
    ("conditions", "is_in"),
    [
        ({"min_messages": 100}, True),
        ({"min_messages": 101}, False),
        ({"min_days": 30}, True),
        ({"min_days": 31}, False),
        ({"min_score": 0}, True),
        ({"min_score": 1}, False),
        ({"min_messages": 100, "min_days": 31}, False),
        ({"min_messages": 100, "min_days": 30}, True),
        ({}, False),
    ],
)
def test_who_reaches_all_conditions_of_a_group_is_in_it(conditions: dict[str, int], is_in: bool) -> None:
    group = create_group(OPERATOR, {"title": "Regulars", **conditions})
    set_rights(OPERATOR, group, {Right.SEE_LOG})
    anna, guest = a_member(joined_at=clock.now() - timedelta(days=30, hours=1)), None
    assert (group.id in groups_of(anna)) == is_in
    assert permissions.has_right(anna, Right.SEE_LOG) == is_in
    assert not permissions.has_right(guest, Right.SEE_LOG)
    a_ban(anna)
    assert not permissions.has_right(anna, Right.SEE_LOG)


def test_built_in_groups_are_not_joined_by_messages() -> None:
    with pytest.raises(Invalid) as refused:
        change_group(OPERATOR, find_group(BuiltInGroup.MODERATORS), {"min_messages": 10})
    assert list(refused.value.fields) == ["min_messages"]
    change_group(OPERATOR, find_group(BuiltInGroup.MODERATORS), {"title": "Keepers"})


def test_alerts_reach_those_who_see_a_board_by_an_earned_group() -> None:
    board = a_board()
    a_list(board, an_entry(create_group(OPERATOR, {"title": "Regulars", "min_messages": 100})))
    author, regular, newcomer = a_member(), a_member("regular"), a_newcomer("newcomer")
    a_thread(by=author, board=board, body="Hello @regular and @newcomer")
    assert session.scalars(select(Notification.member_id)).all() == [regular.id]
    assert newcomer.id != regular.id
