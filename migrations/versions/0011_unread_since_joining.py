"""What was posted before somebody joined counts as read, also for members from before this was noted."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Let them begin with the day they joined; who has not joined yet begins when they do."""
    op.execute("UPDATE member SET read_all_at = joined_at WHERE read_all_at IS NULL AND joined_at IS NOT NULL")


def downgrade() -> None:
    """Leave it: it is no longer known who had marked everything as read, and the older version reads it the same."""
