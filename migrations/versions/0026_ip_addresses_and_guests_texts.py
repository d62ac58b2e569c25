"""An index of the log's IP addresses, by which they expire."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0021"

HAS_ADDRESS = sa.text("address NOT IN ('', 'expired')")


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_log_entry_address", "log_entry", ["at"], sqlite_where=HAS_ADDRESS, postgresql_where=HAS_ADDRESS)


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_log_entry_address", "log_entry")
