"""Entries of access lists that show only one's own threads."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"


def upgrade() -> None:
    """Add the columns; nobody's rights change."""
    op.add_column("board_access", sa.Column("own_threads_only", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop them; groups that saw only their own threads in a board see all."""
    op.drop_column("board_access", "own_threads_only")
