"""Entries of access lists that show only one's own threads; banners of groups, and how long they may edit."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"


def upgrade() -> None:
    """Add the columns; nobody's rights change."""
    op.add_column("board_access", sa.Column("own_threads_only", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("member_group", sa.Column("banner_text", sa.String(30), nullable=False, server_default=""))
    op.add_column("member_group", sa.Column("banner_colour", sa.String(7), nullable=False, server_default=""))
    op.add_column("member_group", sa.Column("edit_minutes", sa.Integer))


def downgrade() -> None:
    """Drop them; groups that saw only their own threads in a board see all."""
    for name in ("edit_minutes", "banner_colour", "banner_text"):
        op.drop_column("member_group", name)
    op.drop_column("board_access", "own_threads_only")
