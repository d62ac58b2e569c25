"""The groups as which an admin views the forum in a login."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column."""
    op.add_column("member_session", sa.Column("view_as", sa.String(6000), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("member_session") as batch:
        batch.drop_column("view_as")
