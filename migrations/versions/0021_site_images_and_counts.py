"""The site's logo and icons, and counts of what happened in each day, week and month."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Create the tables, and an index by which the reactions of a day are counted."""
    op.create_table(
        "site_image",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("content_type", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_site_image")),
    )
    op.create_table(
        "period_count",
        sa.Column("period", sa.String(5), nullable=False),
        sa.Column("start", sa.Date, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("period", "start", "kind", name=op.f("pk_period_count")),
    )
    op.create_index("ix_reaction_created_at", "reaction", ["created_at"])


def downgrade() -> None:
    """Drop the tables, and the pictures with them."""
    op.drop_index("ix_reaction_created_at", "reaction")
    op.drop_table("period_count")
    op.drop_table("site_image")
