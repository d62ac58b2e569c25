"""Threads and boards have a version that changes with the content of their pages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
TABLES = ("thread", "board")


def upgrade() -> None:
    """Add the version columns."""
    for table in TABLES:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Drop the version columns."""
    for table in TABLES:
        op.drop_column(table, "version")
