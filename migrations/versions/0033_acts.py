"""Acts on many threads or posts at once, and slow mode of threads."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
PARTS, UNFINISHED = sa.text("batch_id IS NOT NULL"), sa.text("finished_at IS NULL")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("log_entry", sa.Column("batch_id", sa.Integer, nullable=True))
    op.add_column("thread", sa.Column("slow_minutes", sa.SmallInteger, nullable=False, server_default="0"))
    op.create_index("ix_log_entry_batch", "log_entry", ["batch_id"], sqlite_where=PARTS, postgresql_where=PARTS)
    op.create_table(
        "bulk_act",
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False, server_default=""),
        sa.Column("board_id", sa.Integer, nullable=True),
        sa.Column("pending", sa.JSON, nullable=False),
        sa.Column("outcomes", sa.JSON, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["log_entry.id"], name=op.f("fk_bulk_act_entry_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_bulk_act")),
    )
    op.create_index(
        "ix_bulk_act_unfinished", "bulk_act", ["entry_id"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("bulk_act")
    op.drop_index("ix_log_entry_batch", "log_entry")
    op.drop_column("log_entry", "batch_id")
    op.drop_column("thread", "slow_minutes")
