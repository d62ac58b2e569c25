"""Progress of the backfill for threads that were deleted or restored."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
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
    """Drop the table; `forum check --repair` and `forum reindex` repair unfinished backfills."""
    op.drop_table("thread_settling")
