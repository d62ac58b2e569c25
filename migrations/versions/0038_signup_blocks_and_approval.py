"""Blocks of addresses and e-mail domains, and registration by approval."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0035"
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Create the tables and the column."""
    op.create_table(
        "signup_block",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("value", sa.String(254), nullable=False),
        sa.Column("stops", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("by_id", sa.Integer, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_signup_block_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signup_block")),
    )
    op.create_index("ix_signup_block_by_id", "signup_block", ["by_id"])
    op.create_index("ix_signup_block_latest", "signup_block", ["created_at", "id"])
    op.create_index(
        "ix_signup_block_open", "signup_block", ["value"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "application",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("answer", sa.String(1000), nullable=False),
        sa.Column("question", sa.String(500), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.String(1000), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_application_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_application")),
    )
    op.create_index("ix_application_rejected_at", "application", ["rejected_at"])
    op.create_index("ix_sanction_scope", "sanction", ["scope"])
    op.add_column("member", sa.Column("awaits_approval_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop them; those who wait for approval wait for their e-mail address to be confirmed."""
    op.drop_column("member", "awaits_approval_at")
    op.drop_index("ix_sanction_scope", "sanction")
    op.drop_table("application")
    op.drop_table("signup_block")
