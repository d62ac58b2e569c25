"""An index of the threads that members have muted, which every page of theirs asks for."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
IS_MUTED = sa.text("level = 'muted'")


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "ix_thread_watch_muted",
        "thread_watch",
        ["member_id", "thread_id"],
        sqlite_where=IS_MUTED,
        postgresql_where=IS_MUTED,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_thread_watch_muted", "thread_watch")
