"""Prepared reasons for edits by staff, and for letting posts of a member wait.

They are those for deleting and muting, until an admin chooses others.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
COLUMNS = ("for_edit", "for_hold")


def upgrade() -> None:
    """Add the columns."""
    for column in COLUMNS:
        op.add_column("prepared_reason", sa.Column(column, sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE prepared_reason SET for_edit = for_delete, for_hold = for_mute")


def downgrade() -> None:
    """Drop them."""
    for column in COLUMNS:
        op.drop_column("prepared_reason", column)
