"""How accounts were registered, and the proofs of work that were used."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "signup_record",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signs", sa.String(500), nullable=False, server_default=""),
        sa.Column("holds_posts", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_signup_record_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_signup_record")),
    )
    op.create_index("ix_signup_record_registered_at", "signup_record", ["registered_at"])
    op.create_table(
        "used_proof",
        sa.Column("nonce", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_used_proof")),
    )
    op.create_index("ix_used_proof_expires_at", "used_proof", ["expires_at"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("used_proof")
    op.drop_table("signup_record")
