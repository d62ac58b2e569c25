"""Threads and boards say by a number whether what their pages show has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
TABLES = ("thread", "board")


def upgrade() -> None:
    """Begin to count."""
    for table in TABLES:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Stop counting."""
    for table in TABLES:
        op.drop_column(table, "version")
