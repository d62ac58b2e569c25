"""Whom members ignore and whom they follow."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
TABLES = (("ignored_member", "ignored_id"), ("followed_member", "followed_id"))


def upgrade() -> None:
    """Create the tables."""
    for table, other in TABLES:
        op.create_table(
            table,
            sa.Column("member_id", sa.Integer, nullable=False),
            sa.Column(other, sa.Integer, nullable=False),
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("member_id", other, name=op.f(f"pk_{table}")),
            sa.CheckConstraint(f"member_id <> {other}", name=op.f(f"ck_{table}_others")),
            sa.ForeignKeyConstraint(
                ["member_id"], ["member.id"], name=op.f(f"fk_{table}_member_id_member"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                [other], ["member.id"], name=op.f(f"fk_{table}_{other}_member"), ondelete="CASCADE"
            ),
        )
        op.create_index(f"ix_{table}_{other}", table, [other, "member_id"])


def downgrade() -> None:
    """Drop them."""
    for table, _ in reversed(TABLES):
        op.drop_table(table)
