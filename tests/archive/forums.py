"""Forums to export, and empty ones to import into."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import update

from forum.accounts.closing import close_for_member
from forum.accounts.erasing import continue_erasure
from forum.admin.board_actions import change_board
from forum.admin.board_icons import set_icon
from forum.admin.groups.group_actions import change_group
from forum.admin.groups.right_actions import set_rights
from forum.admin.image_actions import set_image
from forum.admin.notices.notice_actions import create_notice
from forum.admin.rules import OPERATOR
from forum.app import create_app
from forum.archive import check
from forum.conversations import actions as conversations
from forum.conversations import queries as conversation_queries
from forum.conversations import reacting
from forum.decisions.actions import Grounds
from forum.digests.choices import choose_digest
from forum.infra import clock
from forum.infra.database import migrate
from forum.infra.database.db import db, session, transaction
from forum.infra.images import EncodedImage
from forum.members import names, sanctions
from forum.members.bans import actions as bans
from forum.members.bans.thread_bans import ban_from_thread
from forum.members.signup import invitations
from forum.models import (
    AccountErasure,
    Application,
    BlockStops,
    Board,
    BuiltInGroup,
    Channel,
    Draft,
    Group,
    GroupRequest,
    Member,
    Post,
    Right,
    SiteSetting,
    Thread,
    ToldOf,
    Visibility,
    WatchLevel,
)
from forum.moderation import notes, post_tools, tools
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.warnings import giving
from forum.notifications import choices
from forum.reactions.actions import react
from forum.relations import actions as relations
from forum.site.actions import set_value
from forum.site.queries import invalidate
from forum.threads import actions, read_marks
from forum.threads.approval import edits
from forum.watching.actions import choose_defaults, choose_for_board, choose_for_thread
from tests.conftest import settings_in
from tests.factories import (
    a_ban,
    a_board,
    a_conversation,
    a_group,
    a_list,
    a_member,
    a_post,
    a_prepared_reason,
    a_thread,
    a_threshold,
    a_warning_kind,
    an_entry,
    hide,
)
from tests.migrated import close, copy_migrated


@contextmanager
def empty_forum(folder: Path, **environment: str) -> Iterator[Flask]:
    """A migrated database without rows, with the app context entered."""
    settings = settings_in(folder, **environment)
    if settings.is_sqlite:
        copy_migrated(folder)
    app = create_app(settings)
    with app.app_context():
        if not settings.is_sqlite:
            migrate.upgrade(db.engine)
        invalidate()
        yield app
    close(app)


def add_content() -> None:
    """Create one of everything that an archive contains; call it inside a transaction."""
    anna, bert = a_member("anna", country="Österreich", about="Zeile 1\nline 2"), a_member("bert", is_hidden=True)
    boss = a_member("the boss", role="admin", custom_title="Gründerin", email_verified_at=clock.now())
    boss.email_stopped_at, boss.email_stop_reason = clock.now(), "failing"
    home = a_board("Home", is_category=True)
    talk = a_board(
        "Talk 月", parent_id=home.id, description="About all", order=3, audience="member", posters="moderator"
    )
    news = a_board("News", parent_id=home.id)
    change_board(OPERATOR, talk, {"is_closed": True, "rules": "Be *brief*.\n\n- and polite"})
    set_icon(OPERATOR, talk, b"an icon")
    session.get_one(Group, BuiltInGroup.MEMBERS).title = "Gärtner"
    observers = a_group("Observers")
    set_rights(OPERATOR, observers, {Right.SEE_LOG})
    change = {"takes_requests": True, "banner_text": "Observer", "banner_colour": "#7a3d00", "edit_minutes": 90}
    change_group(OPERATOR, observers, change)
    refused = {"refused_at": clock.now(), "answer": "Not this year"}
    session.add(GroupRequest(member_id=anna.id, group_id=observers.id, reason="I", created_at=clock.now(), **refused))
    a_list(
        a_board("Observatory", parent_id=home.id),
        an_entry(a_group("Friends of the moon", anna, until=clock.now() + timedelta(days=9))),
    )
    thread = a_thread(
        by=anna, board=news, title="A first thread", body="Hello @bert, *this* is “quoted” :coffee:\n\n\tcode"
    )
    answer = a_post(thread=thread, by=bert, body=f"> [anna said:](/posts/{thread.last_post_id})\n> Hello\n\n你好")
    gone = a_post(thread=thread, by=anna)
    actions.edit_post(boss, answer, body="Something else entirely")
    actions.delete_post(boss, gone, reason="too short")
    react(anna, answer, kind="like")
    react(boss, answer, kind="dislike")
    _more(anna, boss, talk, news, thread)
    _add_invitations(anna, bert)
    targets = {"audience": "groups", "group_ids": [BuiltInGroup.MEMBERS], "place": "boards", "board_ids": [news.id]}
    notice = create_notice(OPERATOR, {"title": "Fest", "body": "Am *Samstag*", "ends_at": clock.now(), **targets})
    anna.dismissed_notices = notice.key
    set_value("description", "Ein Forum mit Ümläuten")
    set_image(OPERATOR, "logo", {"logo": EncodedImage("image/png", 64, 32, b"the logo")})
    carl = a_member("carl")
    names.keep_old_name(carl, "Karl")
    leaving, erased = a_member("gone for now"), a_member("gone for ever")
    close_for_member(OPERATOR, leaving, at_once=False, deletes_posts=True)
    close_for_member(OPERATOR, erased, at_once=True, deletes_posts=False)
    while session.get(AccountErasure, erased.id):
        continue_erasure(erased.id)
    sanctions.ban(boss, carl, reason="a break")
    sanctions.unban(boss, carl)
    sanctions.ban(boss, carl, until=clock.now() + timedelta(days=30))
    a_ban(bert, reason="as in older archives")
    _add_warnings(boss, carl, answer)
    _add_conversations(anna, boss)
    bans.block(boss, "192.0.2.0/24", until=clock.now() + timedelta(days=9), reason="A wave")
    bans.lift_block(boss, bans.block(boss, "spam.example", until=None, stops=BlockStops.POSTING))
    ban_from_thread(boss, anna, thread, reason="Noise")
    session.add(Application(member_id=a_member("dora", joined_at=None, awaits_approval_at=clock.now()).id, answer="I"))
    session.flush()
    session.execute(update(Member).where(Member.read_all_at.is_(None)).values(read_all_at=Member.joined_at))


def _add_warnings(boss: Member, carl: Member, post: Post) -> None:
    a_threshold(2, "hold", days=7)
    a_warning_kind(points=0, days=None, is_active=False)
    kind = a_warning_kind(points=2)
    giving.warn(boss, post.author, kind, post=post, grounds=Grounds("Too loud", "Be quiet"))
    giving.withdraw(boss, giving.warn(boss, carl, kind), reason="not carl")
    a_prepared_reason("Loud", "It is too loud.", rule="Be quiet", acts=("warn", "answer"))
    notes.change(boss, notes.add(boss, carl, "Line 1"), "Line 1\nline 2")


def _add_conversations(anna: Member, boss: Member) -> None:
    emil = a_member("emil", conversations_from="followed")
    talk = a_conversation(boss, anna, emil, title="Unter uns", body="*Leise*, @anna")
    conversations.reply(anna, talk, body="> [the boss said:](/conversations/1/messages/1)\n> Leise")
    reacting.react(emil, conversation_queries.find_message(emil, talk.id, 2), kind="like")
    conversations.rename(anna, talk, title="Ganz unter uns")
    conversations.set_star(boss, talk, is_starred=True)
    conversations.leave(anna, talk)
    conversations.edit(boss, conversation_queries.find_message(boss, talk.id, 1), body="Leiser")
    session.add(Draft(member_id=emil.id, place=f"conversation:{talk.id}", body="Ich", updated_at=clock.now()))


def _add_invitations(anna: Member, bert: Member) -> None:
    invitations.create(anna, email="a.friend@example.org")
    used = invitations.create(anna)
    used.used_at, used.used_by_id = clock.now(), bert.id
    revoked = invitations.create(None)
    revoked.revoked_at = clock.now()
    for name, value in {"registration": "invitation", "registration_question": "2 + 2?"}.items():
        set_value(name, value)
    set_value("registration_answers", "4\nfour")
    bert.accepted_terms_version, bert.accepted_terms_at = 3, clock.now()


def _more(anna: Member, boss: Member, talk: Board, news: Board, thread: Thread) -> None:
    hidden, pinned = a_thread(by=boss, board=talk), a_thread(by=anna, board=news)
    _edit_approved_thread(anna, boss, a_thread(by=anna, board=news, title="Approved title"))
    tools.delete_thread(boss, hidden, reason="moved on")
    hide(a_thread(by=anna, board=news), a_post(thread=pinned, by=anna), visibility=Visibility.HELD)
    hide(a_thread(by=boss, board=talk), a_post(thread=pinned, by=boss), visibility=Visibility.REJECTED)
    news.approval = "all"
    waiting = a_post(thread=pinned, by=anna, body="It waits for approval.")
    actions.edit_post(anna, waiting, body="It waits, and was never public.")
    news.approval = "threads"
    tools.pin(boss, pinned)
    soon = clock.now() + timedelta(days=2)
    tools.set_lock(boss, thread, until=soon, reason="Too heated, back on Monday")
    tools.set_pin(boss, thread, everywhere=True, until=soon)
    tools.set_lock(boss, a_thread(by=boss, board=talk), at=soon)
    moved, merged = a_thread(by=boss, board=talk), a_thread(by=boss, board=talk)
    tools.move_thread(boss, moved, board=news, redirect_days=7)
    merge_threads(boss, [merged], moved, redirect_days=0)
    choices.choose(anna, {"reaction": {Channel.SITE: False}})
    relations.follow(boss, anna)
    relations.ignore(anna, a_member("carla"))
    read_marks.mark_read(anna, thread, 2)
    read_marks.mark_board_read(anna, news)
    choose_for_thread(boss, thread, WatchLevel.MUTED)
    choose_for_board(anna, news, WatchLevel.SITE, told_of=ToldOf.POSTS)
    choose_defaults(anna, started="off", answered="site")
    choose_digest(anna, frequency="weekly", hour=19, weekday=4, time_zone="Europe/Berlin")
    read_marks.mark_all_read(boss)
    session.add(Draft(member_id=anna.id, place=f"thread:{thread.id}", body=" unfinished ", updated_at=clock.now()))
    summary = Thread(board_id=news.id, title="Known by its number", starter_id=anna.id, last_poster_id=boss.id)
    summary.started_at = summary.last_posted_at = summary.base_last_posted_at = clock.now()
    summary.base_post_count, summary.base_last_poster_id, summary.view_count = 6, boss.id, 307
    session.add(summary)
    session.flush()
    check.repair()
    session.refresh(summary, ["board", "starter"])
    a_post(thread=summary, by=anna)
    check.repair()


def _edit_approved_thread(anna: Member, boss: Member, thread: Thread) -> None:
    """Let a new title and text wait, and put a notice by staff at the first post."""
    set_value("held_words", "roulette")
    first = edits.first_post(thread)
    assert first is not None
    actions.change_title(anna, thread, title="Roulette for all")
    actions.edit_post(anna, first, body="Roulette, now")
    post_tools.set_staff_notice(boss, first, text="Answered elsewhere")


def fill_forum() -> None:
    """add_content() in its own transaction."""
    with transaction():
        add_content()


def contents(folder: Path) -> dict[str, str]:
    """Every file of an archive."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def site_values() -> dict[str, object]:
    """The content of site_setting."""
    return {row.name: row.value for row in session.query(SiteSetting)}
