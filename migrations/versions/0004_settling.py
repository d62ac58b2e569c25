"""Threads that were deleted or brought back and whose posts still follow."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make room to say how far they have come."""
    op.create_table(
        "thread_settling",
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("counted_above", sa.Integer(), nullable=False),
        sa.Column("indexed_to", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_thread_settling_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_thread_settling")),
    )


def downgrade() -> None:
    """Forget it: `forum check --repair` and `forum reindex` set right what had not followed."""
    op.drop_table("thread_settling")
