"""Posts from before a member joined count as read, also for existing members."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Set `read_all_at` to `joined_at` where it is missing; accounts that have not joined get it when they do."""
    op.execute("UPDATE member SET read_all_at = joined_at WHERE read_all_at IS NULL AND joined_at IS NOT NULL")


def downgrade() -> None:
    """Do nothing: the earlier NULLs are unknown, and the older version reads the values the same way."""
