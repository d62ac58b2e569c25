"""Threads store the position of the last visible post; alerts distinguish seen from read."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
LAST_VISIBLE = """
UPDATE thread SET last_visible_position = CASE
  WHEN last_post_id IS NULL THEN base_post_count
  ELSE COALESCE((SELECT position FROM post WHERE post.id = thread.last_post_id), base_post_count)
END
"""


def upgrade() -> None:
    op.add_column("thread", sa.Column("last_visible_position", sa.Integer, nullable=False, server_default="0"))
    op.execute(LAST_VISIBLE)
    op.add_column("notification", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE notification SET seen_at = read_at")


def downgrade() -> None:
    op.execute("UPDATE notification SET read_at = COALESCE(read_at, seen_at)")
    op.drop_column("notification", "seen_at")
    op.drop_column("thread", "last_visible_position")
