"""Notifications keep what they are about when a filled database is upgraded and downgraded."""

from sqlalchemy import Engine, text

from forum.infra.database import migrate
from tests.infra import test_migrate

A_TOLD = """
INSERT INTO notification (id, member_id, kind, post_id, actor_id, subject, details, created_at, seen_at, read_at)
VALUES (:id, :member, :kind, :post, :actor, :subject, '{}', :at, NULL, NULL)
"""


def test_notifications_keep_what_they_are_about_both_ways(engine: Engine) -> None:
    migrate.upgrade(engine, "0046")
    at, names = "2026-03-09 12:00:00", ("id", "member", "kind", "post", "actor", "subject")
    told = [
        (1, 1, "mention", 5, 2, ""),
        (2, 1, "reply", 5, 2, ""),  # of the same post, as no version did
        (3, 1, "reaction", 5, 2, ""),
        (4, 1, "decision", None, None, "decision:12"),
        (5, 1, "post-approved", None, None, "post:5"),
        (6, 1, "odd", None, None, "moon:x:y"),
        (7, 1, "odd", None, None, ""),
    ]
    with engine.begin() as connection:
        for number, statements in (
            (5, test_migrate.A_FORUM),
            (1, test_migrate.A_FORUM[:1]),
            (2, test_migrate.A_FORUM[:1]),
        ):
            for statement in statements:
                connection.execute(text(statement), {"id": number, "at": at} if ":at" in statement else {"id": number})
        connection.execute(text("UPDATE member SET unread_alerts = 7 WHERE id = 1"))
        for row in told:
            connection.execute(text(A_TOLD), dict(zip(names, row, strict=True)) | {"at": at})
    migrate.upgrade(engine, "0048")
    found = "SELECT id, subject_type, subject_id, group_key FROM notification ORDER BY id"
    with engine.begin() as connection:
        assert [tuple(row) for row in connection.execute(text(found))] == [
            (1, "post", 5, "mention:post:5"),
            (2, "reply", 5, "reply"),
            (3, "reaction", 5, "reaction:reaction:5"),
            (4, "decision", 12, "decision:decision:12"),
            (5, "post", 5, "post-approved:post:5"),
            (6, "moon:x:y", 0, "odd:moon:x:y:0"),
            (7, "", 0, "odd:#7"),
        ]
        assert connection.execute(text("SELECT unseen_notifications FROM member WHERE id = 1")).scalar() == 7
        connection.execute(text("UPDATE notification SET withdrawn_at = :at WHERE id = 3"), {"at": at})
    migrate.downgrade(engine, "0046")
    before = "SELECT id, member_id, kind, post_id, actor_id, subject FROM notification ORDER BY id"
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(text(before))] == [row for row in told if row[0] != 3]
    migrate.upgrade(engine)
    engine.dispose()
