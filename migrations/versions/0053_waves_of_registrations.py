"""Up to which score the spam filter finds a post fine, and accounts of which such posts do not wait."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
LIMITS = ("fine_limit", "fine_limit_with_links")


def upgrade() -> None:
    """Add the columns."""
    for column in LIMITS:
        op.add_column("spam_model", sa.Column(column, sa.Double, nullable=True))
    op.execute("UPDATE spam_model SET threshold_version = 0")  # the job sets the limits again
    op.add_column("signup_record", sa.Column("lets_fine_pass", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("signup_record", "lets_fine_pass")
    for column in LIMITS:
        op.drop_column("spam_model", column)
