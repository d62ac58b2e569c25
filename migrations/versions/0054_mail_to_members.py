"""Mail of notifications: whom and of what a message tells, and the key of a member's links in mail."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
ONCE = sa.text("notification_id IS NOT NULL")


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("mail") as batch:
        batch.add_column(sa.Column("member_id", sa.Integer))
        batch.add_column(sa.Column("notification_id", sa.Integer))
        batch.add_column(sa.Column("kind", sa.String(20), nullable=False, server_default=""))
        for table in ("member", "notification"):
            column = f"{table}_id"
            batch.create_foreign_key(op.f(f"fk_mail_{column}"), table, [column], ["id"], ondelete="CASCADE")
    op.create_index("ix_mail_member_id", "mail", ["member_id"])
    op.create_index(
        "ix_mail_notification_once", "mail", ["notification_id"], unique=True, sqlite_where=ONCE, postgresql_where=ONCE
    )
    op.add_column("notification", sa.Column("mailed_at", sa.DateTime(timezone=True)))
    op.add_column("member", sa.Column("mail_key", sa.String(32)))


def downgrade() -> None:
    """Drop them, and the messages that have no text of their own."""
    op.drop_column("member", "mail_key")
    op.drop_column("notification", "mailed_at")
    op.execute("DELETE FROM mail WHERE kind <> ''")
    op.drop_index("ix_mail_notification_once", "mail")
    op.drop_index("ix_mail_member_id", "mail")
    with op.batch_alter_table("mail") as batch:
        for column in ("member_id", "notification_id"):
            batch.drop_constraint(op.f(f"fk_mail_{column}"), type_="foreignkey")
        for column in ("kind", "notification_id", "member_id"):
            batch.drop_column(column)
