"""Admins make, schedule, download and delete backups; a downloaded one is restored elsewhere."""

import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.backups import files, runs, schedule
from forum.backups.backup import restore
from forum.backups.files import BackupFile
from forum.infra import clock
from forum.infra.database.db import current_settings, db, session, transaction
from forum.infra.settings import Settings
from forum.jobs.backups import BackupJob
from forum.models import BackupRun, Member
from forum.site.actions import set_values
from tests.admin.conftest import Send
from tests.admin.pages import error_at, parsed, seen_in
from tests.archive.forums import empty_forum
from tests.conftest import log_in, token_in
from tests.databases import on_postgres

PAGE = "/admin/backups"
SCHEDULE = {"backup_every": "day", "backup_hour": "4", "backup_keep": "2"}


@pytest.fixture
def job(app: Flask) -> Iterator[BackupJob]:
    """The job, which has ended when the test ends."""
    made = BackupJob()
    yield made
    made.wait()


def run(app: Flask, job: BackupJob) -> list[BackupFile]:
    """Run the job once to its end; returns the backups."""
    with app.app_context():
        job()
        job.wait()
        return files.listed(current_settings())


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", [None, "anna", "mona"])
def test_only_admins_see_backups_and_act_on_them(client: FlaskClient, name: str | None) -> None:
    if name:
        log_in(client, name)
    status = 403 if name else 303
    assert [client.get(path).status_code for path in (PAGE, "/admin/backups/files/x")] == [status] * 2
    token = {"csrf_token": token_in(client.get("/account" if name else "/login").text)}
    for path in ("make", "schedule", "x/delete"):
        answer = client.post(f"/admin/backups/{path}", data=token | SCHEDULE)
        assert answer.status_code in {401, status}
        assert "/admin" not in answer.headers.get("Location", "") or not name


def test_the_password_is_asked_for_again(app: Flask, client: FlaskClient, admin: Send) -> None:
    with clock.frozen_at(clock.now() + timedelta(hours=2)):
        for answer in (
            client.get(PAGE),
            client.get("/admin/backups/files/x"),
            admin("/admin/backups/make"),
            admin("/admin/backups/x/delete"),
        ):
            assert answer.headers["Location"] == "/account/confirm?next=%2Fadmin%2Fbackups"
    with app.app_context():
        assert runs.pending() is None


def test_a_backup_is_made_downloaded_and_restored_elsewhere(
    app: Flask, client: FlaskClient, admin: Send, job: BackupJob, tmp_path: Path
) -> None:
    assert admin("/admin/backups/make").status_code == 303
    assert "A backup is about to be made." in client.get(PAGE).text
    (made,) = run(app, job)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700
    page = client.get(PAGE)
    assert "The last backup failed." not in page.text
    assert f"forum restore {made.path}" in page.text
    answer = client.get(f"/admin/backups/files/{made.name}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Length"] == str(made.byte_size)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={made.name}"
    copy = tmp_path / "copy"
    copy.write_bytes(answer.data)
    answer.close()
    with app.app_context():
        on_sqlite = current_settings().is_sqlite
    if on_sqlite:
        with empty_forum(tmp_path / "other") as other:
            session.remove()
            db.engine.dispose()
            restore(other.extensions["forum.settings"], copy)
            assert set(session.scalars(select(Member.username))) == {"olaf", "mona", "anna"}
            assert runs.pending() is not None, "the run that made it"
    log = client.get("/moderation/log").text
    assert [words in log for words in ("Asked for a backup", "Made a backup", "Downloaded a backup")] == [True] * 3


def test_a_download_can_be_continued(app: Flask, client: FlaskClient, admin: Send, job: BackupJob) -> None:
    admin("/admin/backups/make")
    (made,) = run(app, job)
    whole = made.path.read_bytes()
    part = client.get(f"/admin/backups/files/{made.name}", headers={"Range": "bytes=1000-"})
    assert (part.status_code, part.data) == (206, whole[1000:])
    part.close()
    assert part.headers["Content-Range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"
    assert "Downloaded a backup" in client.get("/moderation/log").text
    link = parsed(client.get(PAGE)).select_one("a:-soup-contains('Download')")
    assert link is not None
    with client.get(str(link["href"])) as answer:
        assert answer.data == whole


@pytest.mark.parametrize(
    "name", ["../forum.sqlite3", "..%2Fsecret-key", "secret-key", "%2e%2e/secret-key", "forum.part"]
)
def test_only_listed_names_are_sent(client: FlaskClient, admin: Send, name: str) -> None:
    assert client.get(f"/admin/backups/files/{name}").status_code == 404
    assert admin(f"/admin/backups/{name}/delete").status_code in {404, 405}


def test_links_and_unfinished_files_are_not_listed(app: Flask, settings: Settings) -> None:
    folder = files.folder_of(settings)
    folder.mkdir()
    name = "forum-0.1.0-20261129T030000Z-00112233aabb.sqlite3"
    (folder / name).symlink_to(settings.data / "secret-key")
    for ending in ("part", "part-journal"):
        (folder / f"{name.replace('aabb', 'aacc')}.{ending}").write_text("half")
    assert files.listed(settings) == []
    files.delete_remains(settings)
    assert [path.name for path in folder.iterdir()] == [name]


def test_two_clicks_and_two_processes_make_one_backup(app: Flask, admin: Send) -> None:
    for _ in range(2):
        assert admin("/admin/backups/make").status_code == 303
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(BackupRun)) == 1
    claims: list[int | None] = []
    together = threading.Barrier(4)

    def claim() -> None:
        with app.app_context():
            together.wait()
            claims.append(runs.claim())

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claims, key=str) == [1, None, None, None]


def test_the_backup_of_a_killed_process_is_made_by_another_and_given_up_after_three(
    app: Flask, client: FlaskClient, admin: Send, job: BackupJob
) -> None:
    admin("/admin/backups/make")
    now = clock.now()
    with app.app_context():
        assert [runs.claim(), runs.claim()] == [1, None], "claimed for a minute"
        for minutes in (2, 4):
            with clock.frozen_at(now + timedelta(minutes=minutes)):
                assert runs.claim() == 1
        with clock.frozen_at(now + timedelta(minutes=6)):
            assert runs.claim() is None
    assert runs.ENDED in client.get(PAGE).text
    attention = parsed(client.get("/admin")).select("section:has(h2:-soup-contains('Needs attention')) li")
    assert any("the last one failed" in item.text for item in attention)
    assert admin("/admin/backups/make").status_code == 303
    assert len(run(app, job)) == 1
    assert "the last one failed" not in client.get("/admin").text


def test_a_full_disk_is_told_and_nothing_is_left(
    app: Flask, client: FlaskClient, admin: Send, job: BackupJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin("/admin/backups/make")
    monkeypatch.setattr("forum.jobs.backups.LOW_DISK_BYTES", 2**60)
    assert run(app, job) == []
    assert "The disk is too full: " in client.get(PAGE).text
    assert list(files.folder_of(app.extensions["forum.settings"]).iterdir()) == []


def test_missing_programs_of_postgresql_are_named_and_sqlite_needs_none(
    app: Flask, client: FlaskClient, admin: Send, job: BackupJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin("/admin/backups/make")
    monkeypatch.setenv("PATH", "/nowhere")
    made = run(app, job)
    if not on_postgres():
        assert len(made) == 1
        return
    assert made == []
    page = client.get(PAGE).text
    assert "The PostgreSQL program pg_dump is not installed." in page
    assert "pg_dump is not installed on this machine." in page
    assert list(files.folder_of(app.extensions["forum.settings"]).iterdir()) == []


def test_the_oldest_are_deleted_only_after_a_new_one_succeeded(
    app: Flask, client: FlaskClient, admin: Send, job: BackupJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin("/admin/backups/schedule", **SCHEDULE, seen=seen_in(client, PAGE))
    names = []
    for minutes in range(3):
        moment = clock.now() + timedelta(minutes=minutes)
        with clock.frozen_at(moment):
            admin("/admin/backups/make")
        path = files.new_path(app.extensions["forum.settings"])
        monkeypatch.setattr(files, "new_path", lambda _, path=path, moment=moment: _at(path, moment))
        names.append(_at(path, moment).name)
        listed = [each.name for each in run(app, job)]
    assert listed == names[:0:-1]
    admin("/admin/backups/make")
    monkeypatch.setattr("forum.jobs.backups.LOW_DISK_BYTES", 2**60)
    assert [each.name for each in run(app, job)] == listed
    assert admin(f"/admin/backups/{listed[0]}/delete").status_code == 303
    assert client.get(f"/admin/backups/files/{listed[0]}").status_code == 404
    assert "Deleted a backup" in client.get("/moderation/log").text


def _at(path: Path, moment: datetime) -> Path:
    """The path of a backup that is made at another time."""
    first, version, _, rest = path.name.split("-")
    return path.with_name(f"{first}-{version}-{moment:%Y%m%dT%H%M%SZ}-{rest}")


def test_the_schedule_is_checked_logged_and_kept_from_overwriting(client: FlaskClient, admin: Send) -> None:
    seen = seen_in(client, PAGE)
    for field, value in (("backup_hour", "24"), ("backup_keep", "0"), ("backup_every", "year")):
        assert error_at(admin("/admin/backups/schedule", **(SCHEDULE | {field: value})), field)
    assert admin("/admin/backups/schedule", **SCHEDULE, seen=seen).status_code == 303
    assert admin("/admin/backups/schedule", **(SCHEDULE | {"backup_hour": "5"}), seen=seen).status_code == 409
    assert "setting:backup_every" in client.get("/moderation/log").text


@pytest.mark.parametrize(
    ("every", "now", "moment"),
    [
        ("day", "2026-11-29T03:59", "2026-11-28T04:00"),
        ("day", "2026-11-29T04:00", "2026-11-29T04:00"),
        ("week", "2026-11-29T12:00", "2026-11-23T04:00"),
        ("week", "2026-11-30T03:00", "2026-11-23T04:00"),
        ("week", "2026-11-30T04:01", "2026-11-30T04:00"),
    ],
)
def test_the_last_scheduled_moment(every: str, now: str, moment: str) -> None:
    planned = schedule.Schedule(every=schedule.Every(every), hour=4)
    assert planned.last_moment(datetime.fromisoformat(now).replace(tzinfo=UTC)) == datetime.fromisoformat(
        moment
    ).replace(tzinfo=UTC)


def test_a_scheduled_backup_is_asked_for_once_and_not_for_the_time_before(app_in_context: Flask) -> None:
    begun = datetime(2026, 11, 29, 12, tzinfo=UTC)
    set_values({"backup_every": "day", "backup_hour": 4, "backup_keep": 7, "backup_since": begun.isoformat()})
    session.commit()

    def asked(moment: datetime) -> bool:
        with clock.frozen_at(moment):
            schedule.request_if_due()
            is_pending = runs.pending() is not None
            with transaction():
                for run in session.scalars(select(BackupRun).where(BackupRun.finished_at.is_(None))):
                    run.finished_at, run.error = moment, "no"
            return is_pending

    moments = (begun + timedelta(hours=hours) for hours in (1, 15, 17, 18, 40, 41))
    assert [asked(moment) for moment in moments] == [False, False, True, False, True, False]
    with clock.frozen_at(begun + timedelta(days=3)):
        assert schedule.is_overdue()


def test_a_backup_on_another_node_is_listed_with_its_node(client: FlaskClient, app: Flask, admin: Send) -> None:
    with app.app_context(), transaction():
        now = clock.now()
        session.add(
            BackupRun(requested_at=now, finished_at=now, node="node-b", name="forum-0.1.0-x.dump", is_scheduled=False)
        )
    page = client.get(PAGE)
    row = parsed(page).select_one("li:has(.mark:-soup-contains('node-b'))")
    assert row is not None
    assert "It is on that node" in row.text
    assert row.find("a") is None
