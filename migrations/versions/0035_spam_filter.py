"""What the spam filter has learned."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
VALID = sa.text("is_spam IS NOT NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "spam_sample",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("post_id", sa.Integer, nullable=True),
        sa.Column("is_spam", sa.Boolean, nullable=True),
        sa.Column("was_held", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("features", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_as_spam", sa.Boolean, nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_spam_sample_post_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spam_sample")),
    )
    op.create_index("ix_spam_sample_post_id", "spam_sample", ["post_id"])
    op.create_index("ix_spam_sample_version", "spam_sample", ["version"])
    op.create_index(
        "ix_spam_sample_valid", "spam_sample", ["post_id"], unique=True, sqlite_where=VALID, postgresql_where=VALID
    )
    op.create_table(
        "spam_model",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("threshold_version", sa.Integer, nullable=False),
        sa.Column("threshold", sa.Double, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spam_model")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("spam_model")
    op.drop_table("spam_sample")
