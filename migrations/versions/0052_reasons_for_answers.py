"""Prepared reasons for blocks of addresses, withdrawn warnings and answers to appeals.

None is offered for them until an admin chooses some.
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
COLUMNS = ("for_block", "for_withdraw", "for_appeal")


def upgrade() -> None:
    """Add the columns."""
    for column in COLUMNS:
        op.add_column("prepared_reason", sa.Column(column, sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop them."""
    for column in COLUMNS:
        op.drop_column("prepared_reason", column)
