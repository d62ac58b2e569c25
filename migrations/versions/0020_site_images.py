"""The site's logo and icons."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0014"


def upgrade() -> None:
    """Create the table."""
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


def downgrade() -> None:
    """Drop the table, and the pictures with it."""
    op.drop_table("site_image")
