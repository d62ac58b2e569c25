"""An archive is complete: importing it gives the same forum."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum import models
from forum.archive import check
from forum.archive.errors import BadArchive
from forum.archive.export import export
from forum.archive.load import load
from forum.archive.records import RECORD_TYPES
from forum.infra.database.db import Model, session
from forum.members import sanctions
from forum.members.signup import invitations
from forum.models import Board, Invitation, LogEntry, Member, Post, Thread
from forum.schemas.archive_site import SiteFile
from forum.site.queries import Site, snapshot
from tests.archive.forums import contents, empty_forum, fill_forum
from tests.servers import postgres_server

# Tables that are not in an archive. Credentials: api_token, mail_token, member_session. Derived data: similar_thread,
# thread_meaning, period_count. Short-lived rows: mail, submission, thread_settling, board_merge, account_merge,
# backup_run. site.json contains site_setting. Reports (review_item, report, review_note) say who reported whom, which
# only moderators of this forum may know, and archives are passed on; so do notices of illegal content, and appeals are
# cases like them.
LEFT_OUT = frozenset(
    {
        "api_token",
        "mail_failure",
        "mail_token",
        "member_session",
        "pending_login",
        "two_factor",
        "recovery_code",
        "similar_thread",
        "thread_meaning",
        "thread_settling",
        "board_merge",
        "post_telling",  # for seconds
        "inbound_mail",  # for 90 days
        "push_key",
        "push_subscription",
        "pending_push",
        "bulk_act",
        "review_item",
        "report",
        "review_note",
        "signup_record",
        "used_proof",
        "blocked_link",
        "spam_cleaning",
        "thread_erasure",
        "thread_merge",
        "thread_split",
        "spam_wave",
        "appeal",
        "illegal_notice",
        "noticed_content",
        "spam_model",
        "spam_sample",
        "post_fingerprint",
        "fingerprint_mark",
        "known_domain",
        "outside_service",
        "outside_check",
        "backup_run",
        "account_merge",
        "mail",
        "log_change",
        "submission",
        "guest_draft",
        "period_count",
        "site_setting",
    }
)
# Derived columns that are not exported; every other column is in the archive's lines.
FOLLOWS = {
    **{table: {"level_before"} for table in ("thread_watch", "board_watch")},  # for an undo
    "digest": {"frequency_before", "needs_plan", "next_at", "looked_at", "last_sent_at", "told"},
    "member": {
        "username_key",
        "plain_name",
        "score",
        "email_key",
        "message_count",
        "positive_reactions",
        "negative_reactions",
        "unseen_notifications",
        "unread_conversations",
        "two_factor_at",  # left out, like the secret that it goes with
        "mail_key",  # a secret: links in mail are of one forum
    },
    "board": {"thread_count", "post_count", "last_thread_id", "last_posted_at", "version"},
    "thread": {
        *("reply_count", "last_position", "last_visible_position", "last_post_id", "last_poster_id", "last_posted_at"),
        "version",
        "generation",
        "is_being_merged",  # never: while one is, nothing is exported
    },
    "post": {"html", "markup_version", "revision_count", "has_held_edit"},
    "held_edit": {
        "id",
        "item_id",
        "sample_id",
        "approved_revision",
    },  # none are decided
    "conversation": {"last_position", "last_message_at", "version"},
    "conversation_message": {"id", "html", "markup_version"},
    "notice": {"html", "markup_version"},
    "reaction_kind": {"id"},
    "member_title": {"id"},
    "smilie": {"id"},
    "notification": {"id", "subject_type", "subject_id", "group_key", "mailed_at"},
    "sanction": {"id"},
    "warning_kind": {"id"},
    "warning_threshold": {"id"},
    "prepared_reason": {"id"},
    "member_warning": {"id"},
    "staff_note": {"id"},
    "thread_redirect": {"id"},
    "signup_block": {"id"},
    "invitation": {"id"},
    "account_erasure": {"step", "done_to"},
    "member_old_name": {"id", "name_key"},
    "log_entry": {"id", "batch_id"},
    "site_image": {"digest"},
    "board_icon": {"digest"},
}


@pytest.fixture
def archive(app: Flask, tmp_path: Path) -> Path:
    """An archive of a forum with content."""
    with app.app_context():
        fill_forum()
        export(tmp_path / "first")
    return tmp_path / "first"


def test_export_import_export_gives_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    with empty_forum(tmp_path / "other"):
        load(archive)
        export(tmp_path / "second")
    assert contents(tmp_path / "second") == contents(archive)
    assert set(contents(archive)) == {record_type.file for record_type in RECORD_TYPES} | {"site.json"}


def test_an_imported_forum_has_the_same_pages_counters_and_ids(archive: Path, app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        before = _derived()
    with empty_forum(tmp_path / "other"):
        load(archive)
        assert _derived() == before
        assert list(check.check()) == []
        assert list(check.position_gaps()) == []
        assert snapshot().description == "Ein Forum mit Ümläuten"
    assert len(before) > 12


def _derived() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for model, names in ((Member, "member"), (Board, "board"), (Thread, "thread"), (Post, "post")):
        columns = [getattr(model, name) for name in sorted(FOLLOWS[names] - {"version", "generation"} | {"id"})]
        rows += [tuple(row) for row in session.execute(select(*columns).order_by(model.id))]
    return rows


def test_posts_older_than_a_member_of_an_older_archive_count_as_read(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "site.json").write_text('{\n  "format": "forum-archive",\n  "version": 1\n}\n')
    anna = '{"id": 4, "username": "anna", "joined_at": "2021-03-09T00:00:00Z"}'
    bert = '{"id": 5, "username": "bert", "joined_at": "2021-03-09T00:00:00Z", "read_all_at": "2024-01-01T00:00:00Z"}'
    (old / "members.jsonl").write_text(f'{anna}\n{bert}\n{{"id": 6, "username": "carl"}}\n')
    with empty_forum(tmp_path / "other"):
        load(old)
        marks = session.scalars(select(Member.read_all_at).order_by(Member.id)).all()
    assert marks == [datetime(2021, 3, 9, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC), None]


def test_a_ban_of_an_older_archive_is_imported_and_exported_as_it_was(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "site.json").write_text('{\n  "format": "forum-archive",\n  "version": 1\n}\n')
    line = '{"id": 4, "username": "bert", "banned_at": "2021-03-09T00:00:00Z", "ban_reason": "Spam"}\n'
    (old / "members.jsonl").write_text(line)
    with empty_forum(tmp_path / "other"):
        load(old)
        bert = session.get_one(Member, 4)
        assert bert.is_banned
        ban = sanctions.ban_of(bert)
        assert ban is not None
        assert (ban.reason, ban.created_at, ban.until) == ("Spam", datetime(2021, 3, 9, tzinfo=UTC), None)
        export(tmp_path / "again")
    written = contents(tmp_path / "again")
    assert written["members.jsonl"] == line
    assert "sanctions.jsonl" not in written


def test_open_invitations_work_in_a_forum_with_the_same_key(archive: Path, app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        code = invitations.code_of(session.scalars(select(Invitation).order_by(Invitation.id)).all()[0])
    with empty_forum(tmp_path / "other"):
        load(archive)
        found = invitations.find(code)
        assert found is not None
        assert found.inviter is not None
        assert found.inviter.username == "anna"
    with empty_forum(tmp_path / "another", FORUM_SECRET_KEY="another key of the tests, long enough"):
        load(archive)
        assert invitations.find(code) is None


def test_new_ids_follow_the_imported_ones(archive: Path, tmp_path: Path) -> None:
    with empty_forum(tmp_path / "other"):
        load(archive)
        highest = session.scalar(select(func.max(Member.id))) or 0
        session.add(Member(username="newcomer", username_key="newcomer"))
        session.flush()
        assert session.scalar(select(func.max(Member.id))) == highest + 1


def test_only_the_operator_can_read_an_archive(archive: Path) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in archive.iterdir()} == {0o600}
    assert "$argon2id$" in (archive / "members.jsonl").read_text()


def test_an_archive_contains_no_credentials(archive: Path) -> None:
    everything = "".join(contents(archive).values())
    assert "token_hash" not in everything
    assert "secret" not in everything


def test_an_export_is_logged_after_it_is_written(archive: Path, app: Flask) -> None:
    assert "export-forum" not in (archive / "log.jsonl").read_text()
    with app.app_context():
        assert session.scalar(select(LogEntry.action).order_by(LogEntry.id.desc())) == "export-forum"


def test_an_export_never_writes_into_a_folder_that_is_not_empty(archive: Path, app: Flask) -> None:
    with app.app_context(), pytest.raises(BadArchive, match="not an empty folder"):
        export(archive)


def test_every_table_is_in_the_archive_or_left_out_with_a_reason() -> None:
    assert models.__all__
    assert set(Model.metadata.tables) == {record_type.model.__tablename__ for record_type in RECORD_TYPES} | LEFT_OUT


@pytest.mark.parametrize("record_type", RECORD_TYPES, ids=lambda record_type: record_type.file)
def test_every_column_is_in_its_line_or_derived_from_the_rest(record_type: object) -> None:
    assert isinstance(record_type, type(RECORD_TYPES[0]))
    table, fields = record_type.model.__table__, record_type.shape().dump_fields
    exported = {name for name in fields if name in table.columns}
    exported |= {f"{name}_id" for name in fields if name not in exported and name not in record_type.computed}
    if place := record_type.place:
        exported = (exported - {f"{place.within}_id", "position_id"}) | {place.column}
    assert exported | FOLLOWS.get(table.name, set()) == set(table.columns.keys())


def test_every_value_that_an_operator_tunes_is_in_the_site_file() -> None:
    tuned = set(Site.__dataclass_fields__) - {
        "version",
        "removals",
        "outside_services",
        "akismet_holds",
        "captcha_key",
        "reaction_kinds",
        "titles_by_count",
        "smilies",
        "text_smilies",
        "tree",
        "access",
        "appearance",  # its fields are
        "pictures",
        "notices",
        "prepared_reasons",
        "banners",
        "has_open_groups",
    }
    assert tuned <= set(SiteFile().fields)


@pytest.mark.postgres
def test_a_forum_moves_from_sqlite_to_postgresql_and_back(archive: Path, tmp_path: Path) -> None:
    with postgres_server() as url, empty_forum(tmp_path / "pg", FORUM_DATABASE_URL=url):
        load(archive)
        assert list(check.check()) == []
        session.add(Member(username="newcomer", username_key="newcomer"))
        session.flush()
        session.rollback()
        export(tmp_path / "second")
    with empty_forum(tmp_path / "back"):
        load(tmp_path / "second")
        export(tmp_path / "third")
    assert contents(archive) == contents(tmp_path / "second") == contents(tmp_path / "third")
