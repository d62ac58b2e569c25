"""Threads by the day they were started: what a search for days reads."""

from alembic import op

revision = "0004"
down_revision = "0003"
INDEX = "ix_thread_started"


def upgrade() -> None:
    """Index them."""
    op.create_index(INDEX, "thread", ["started_at"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index(INDEX, "thread")
