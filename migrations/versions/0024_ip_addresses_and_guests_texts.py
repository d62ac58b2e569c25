"""An index of the log's IP addresses, by which they expire, and texts of guests who have yet to log in."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

HAS_ADDRESS = sa.text("address NOT IN ('', 'expired')")


def upgrade() -> None:
    """Create the index and the table."""
    op.create_table(
        "guest_draft",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", "place", name=op.f("pk_guest_draft")),
    )
    op.create_index("ix_guest_draft_created_at", "guest_draft", ["created_at"])
    op.create_index(
        "ix_log_entry_expiring", "log_entry", ["at"], sqlite_where=HAS_ADDRESS, postgresql_where=HAS_ADDRESS
    )


def downgrade() -> None:
    """Drop the index and the table."""
    op.drop_table("guest_draft")
    op.drop_index("ix_log_entry_expiring", "log_entry")
