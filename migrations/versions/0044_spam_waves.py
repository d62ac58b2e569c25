"""Cleaning up after several members in one act."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
HAS_WORK = sa.text("step <> ''")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "spam_wave",
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("members", sa.JSON, nullable=False),
        sa.Column("refused", sa.JSON, nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("cursor", sa.Integer, nullable=False),
        sa.Column("undo_id", sa.Integer, nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["log_entry.id"], name=op.f("fk_spam_wave_entry_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["undo_id"], ["log_entry.id"], name=op.f("fk_spam_wave_undo_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_spam_wave")),
    )
    op.create_index("ix_spam_wave_undo_id", "spam_wave", ["undo_id"])
    op.create_index("ix_spam_wave_work", "spam_wave", ["entry_id"], sqlite_where=HAS_WORK, postgresql_where=HAS_WORK)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("spam_wave")
