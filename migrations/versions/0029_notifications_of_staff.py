"""Notifications that are not about somebody's public post."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
TOLD = "subject <> ''"


def upgrade() -> None:
    """Let post and actor be missing, and say in words what a notification is about."""
    with op.batch_alter_table("notification") as batch:
        for column in ("post_id", "actor_id"):
            batch.alter_column(column, existing_type=sa.Integer, nullable=True)
        batch.add_column(sa.Column("subject", sa.String(40), nullable=False, server_default=""))
        batch.add_column(sa.Column("details", sa.JSON, nullable=False, server_default="{}"))
    op.create_index(
        "ix_notification_subject",
        "notification",
        ["member_id", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text(TOLD),
        postgresql_where=sa.text(TOLD),
    )


def downgrade() -> None:
    """Delete those without post or actor, and count the others."""
    op.execute("DELETE FROM notification WHERE post_id IS NULL OR actor_id IS NULL")
    op.execute(
        "UPDATE member SET unread_alerts = (SELECT count(*) FROM notification "
        "WHERE notification.member_id = member.id AND seen_at IS NULL) WHERE unread_alerts > 0"
    )
    op.drop_index("ix_notification_subject", "notification")
    with op.batch_alter_table("notification") as batch:
        batch.drop_column("details")
        batch.drop_column("subject")
        for column in ("post_id", "actor_id"):
            batch.alter_column(column, existing_type=sa.Integer, nullable=False)
