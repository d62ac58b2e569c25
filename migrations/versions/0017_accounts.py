"""Former names of members."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "member_old_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_key", sa.String(120), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_old_name_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_old_name")),
        sa.UniqueConstraint("name_key", name=op.f("uq_member_old_name_name_key")),
    )
    op.create_index("ix_member_old_name_member_id", "member_old_name", ["member_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("member_old_name")
