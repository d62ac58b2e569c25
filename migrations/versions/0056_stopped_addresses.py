"""Addresses to which no mail is sent, the failures that say so, and why messages wait that were not tried."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
STOPPED = sa.text("email_stopped_at IS NOT NULL")
ACCOUNT = sa.text("kind = ''")


def upgrade() -> None:
    """Add the columns, the table and the indexes."""
    op.add_column("member", sa.Column("email_stopped_at", sa.DateTime(timezone=True)))
    op.add_column("member", sa.Column("email_stop_reason", sa.String(20), nullable=False, server_default=""))
    op.create_index(
        "ix_member_email_stopped", "member", ["email_stopped_at"], sqlite_where=STOPPED, postgresql_where=STOPPED
    )
    op.add_column("mail", sa.Column("held_by", sa.String(10), nullable=False, server_default=""))
    op.create_index("ix_mail_account", "mail", ["try_after"], sqlite_where=ACCOUNT, postgresql_where=ACCOUNT)
    op.create_table(
        "mail_failure",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_mail_failure_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "day", "kind", name=op.f("pk_mail_failure")),
    )
    op.create_index(op.f("ix_mail_failure_failed_at"), "mail_failure", ["failed_at"])


def downgrade() -> None:
    """Drop them, and the counts of mail."""
    op.execute("DELETE FROM period_count WHERE period = 'mail'")
    op.drop_table("mail_failure")
    op.drop_index("ix_mail_account", "mail")
    op.drop_column("mail", "held_by")
    op.drop_index("ix_member_email_stopped", "member")
    op.drop_column("member", "email_stop_reason")
    op.drop_column("member", "email_stopped_at")
