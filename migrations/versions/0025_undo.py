"""The values before and after a change that is in the log, so that it can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
STATES = (
    ("ix_member_closed", "closed_at", "closed_at IS NOT NULL"),
    ("ix_member_waiting", "id", "password_hash IS NOT NULL AND joined_at IS NULL"),
)


def upgrade() -> None:
    """Create the table, and indexes by IP address and state; what was logged before cannot be undone."""
    op.create_table(
        "log_change",
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("was", sa.JSON, nullable=False),
        sa.Column("now", sa.JSON, nullable=False),
        sa.Column("undoes_id", sa.Integer),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_log_change")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["log_entry.id"], name=op.f("fk_log_change_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["log_entry.id"], name=op.f("fk_log_change_undoes_id"), ondelete="SET NULL"
        ),
    )
    op.create_index("ix_log_change_undoes_id", "log_change", ["undoes_id"])
    op.create_index("ix_log_entry_address", "log_entry", ["address"])
    op.create_index("ix_member_session_address", "member_session", ["address"])

    for name, column, only in STATES:
        where = sa.text(only)
        op.create_index(name, "member", [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop the table and the indexes."""
    for name, _, _ in STATES:
        op.drop_index(name, "member")
    op.drop_index("ix_member_session_address", "member_session")
    op.drop_index("ix_log_entry_address", "log_entry")
    op.drop_table("log_change")
