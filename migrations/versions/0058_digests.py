"""Digests by e-mail: when members get one, and of what they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
INDEXES = (("ix_digest_next", "next_at", "next_at IS NOT NULL"), ("ix_digest_unplanned", "member_id", "needs_plan"))


def upgrade() -> None:
    """Create the table; a job adds the rows."""
    op.create_table(
        "digest",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("frequency", sa.String(10), nullable=False, server_default=""),
        sa.Column("frequency_before", sa.String(10)),
        sa.Column("hour", sa.SmallInteger, nullable=False, server_default="8"),
        sa.Column("weekday", sa.SmallInteger),
        sa.Column("time_zone", sa.String(60), nullable=False, server_default=""),
        sa.Column("needs_plan", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("looked_at", sa.DateTime(timezone=True)),
        sa.Column("last_sent_at", sa.DateTime(timezone=True)),
        sa.Column("told", sa.Text, nullable=False, server_default="{}"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_digest_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_digest")),
    )
    for name, column, only in INDEXES:
        where = sa.text(only)
        op.create_index(name, "digest", [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop it, and the digests that wait to be sent."""
    op.execute("DELETE FROM mail WHERE kind = 'digest'")
    op.drop_table("digest")
