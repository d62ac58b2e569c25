"""Notifications by subject, grouped, which can be withdrawn and return; what members want to be told.

What a notification is about moves from "post:7" into two columns. A member who was told twice of the same thing keeps
both: the later one gets its kind as the type of its subject.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
HAS_ACTOR, HAS_NO_ACTOR = "actor_id IS NOT NULL", "actor_id IS NULL AND subject_type <> ''"
INDEXES = (
    ("ix_notification_deed", ("member_id", "subject_type", "subject_id", "actor_id"), HAS_ACTOR),
    ("ix_notification_subject", ("member_id", "kind", "subject_type", "subject_id"), HAS_NO_ACTOR),
    ("ix_notification_member_newest", ("member_id", "id"), None),
    ("ix_notification_unread", ("member_id", "id"), "read_at IS NULL"),
    ("ix_notification_told_of", ("subject_type", "subject_id"), "post_id IS NULL"),
)
NUMBERED = {
    "sqlite": "subject GLOB '[a-z]*:[0-9]*' AND length(subject) - instr(subject, ':') < 10"
    " AND substr(subject, instr(subject, ':') + 1) NOT GLOB '*[^0-9]*'",
    "postgresql": "subject ~ '^[a-z][^:]*:[0-9]{1,9}$'",
}
SPLIT = {
    "sqlite": "subject_type = substr(subject, 1, instr(subject, ':') - 1),"
    " subject_id = CAST(substr(subject, instr(subject, ':') + 1) AS INTEGER)",
    "postgresql": "subject_type = split_part(subject, ':', 1),"
    " subject_id = CAST(split_part(subject, ':', 2) AS INTEGER)",
}
STEPS = (
    "UPDATE notification SET subject_type = subject WHERE subject <> '' AND post_id IS NULL",
    "UPDATE notification SET {split} WHERE post_id IS NULL AND {numbered}",
    "UPDATE notification SET subject_id = post_id,"
    " subject_type = CASE WHEN kind = 'reaction' THEN 'reaction' ELSE 'post' END WHERE post_id IS NOT NULL",
    "UPDATE notification SET subject_type = kind WHERE post_id IS NOT NULL AND EXISTS (SELECT 1 FROM notification other"
    " WHERE other.post_id = notification.post_id AND other.member_id = notification.member_id"
    " AND other.actor_id = notification.actor_id AND other.subject_type = notification.subject_type"
    " AND other.id < notification.id)",
    "UPDATE notification SET group_key = CASE WHEN kind = 'reply' THEN kind"
    " WHEN subject_type = '' THEN kind || ':#' || id ELSE kind || ':' || subject_type || ':' || subject_id END",
)


def upgrade() -> None:
    """Add the columns, fill them from the subject, and exchange the indexes."""
    dialect = op.get_bind().dialect.name
    for index in ("ix_notification_subject", "ix_notification_member_latest"):
        op.drop_index(index, "notification")
    for column in (
        sa.Column("subject_type", sa.String(40), nullable=False, server_default=""),
        sa.Column("subject_id", sa.Integer, nullable=False, server_default="0"),
        sa.Column("group_key", sa.String(80), nullable=False, server_default=""),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("notification", column)
    for step in STEPS:
        op.execute(step.format(split=SPLIT[dialect], numbered=NUMBERED[dialect]))
    with op.batch_alter_table("notification") as batch:
        batch.drop_constraint("uq_notification_deed", type_="unique")
        batch.drop_column("subject")
    for name, columns, only in INDEXES:
        where = None if only is None else sa.text(only)
        is_unique = name in {"ix_notification_deed", "ix_notification_subject"}
        partial = {"sqlite_where": where, "postgresql_where": where}
        op.create_index(name, "notification", list(columns), unique=is_unique, **partial)
    op.execute("ALTER TABLE member RENAME COLUMN unread_alerts TO unseen_notifications")
    op.create_table(
        "notification_choice",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_notification_choice_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "kind", "channel", name=op.f("pk_notification_choice")),
    )


def downgrade() -> None:
    """Put subjects into one column again. What is withdrawn goes: the earlier version would show it."""
    op.drop_table("notification_choice")
    op.execute("ALTER TABLE member RENAME COLUMN unseen_notifications TO unread_alerts")
    for name, _, _ in INDEXES:
        op.drop_index(name, "notification")
    op.execute("DELETE FROM notification WHERE withdrawn_at IS NOT NULL")
    op.add_column("notification", sa.Column("subject", sa.String(40), nullable=False, server_default=""))
    op.execute(
        "UPDATE notification SET subject = CASE WHEN subject_id > 0 THEN subject_type || ':' || subject_id"
        " ELSE subject_type END WHERE post_id IS NULL"
    )
    with op.batch_alter_table("notification") as batch:
        for column in ("subject_type", "subject_id", "group_key", "withdrawn_at"):
            batch.drop_column(column)
        batch.create_unique_constraint("uq_notification_deed", ["member_id", "kind", "post_id", "actor_id"])
    op.create_index("ix_notification_member_latest", "notification", ["member_id", "created_at"])
    only = sa.text("subject <> ''")
    columns = ["member_id", "kind", "subject"]
    op.create_index(
        "ix_notification_subject", "notification", columns, unique=True, sqlite_where=only, postgresql_where=only
    )
