"""Splits of long threads, and their deletion for good, which jobs carry out."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
HAS_WORK = sa.text("step <> ''")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "thread_split",
        *_work("thread_split"),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("into_id", sa.Integer, nullable=True),
        sa.Column("board_id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("target_id", sa.Integer, nullable=True),
        sa.Column("merge_id", sa.Integer, nullable=True),
        sa.Column("kept", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("chosen", sa.JSON, nullable=False),
        sa.Column("unplaced", sa.JSON, nullable=False),
        sa.Column("first_moves", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["thread.id"], name=op.f("fk_thread_split_source_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["into_id"], ["thread.id"], name=op.f("fk_thread_split_into_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["thread_merge.entry_id"], name=op.f("fk_thread_split_merge_id"), ondelete="SET NULL"
        ),
    )
    for name in ("source_id", "into_id", "merge_id"):
        op.create_index(op.f(f"ix_thread_split_{name}"), "thread_split", [name])
    op.create_table("thread_erasure", *_work("thread_erasure"), sa.Column("thread_id", sa.Integer, nullable=False))
    work = {"sqlite_where": HAS_WORK, "postgresql_where": HAS_WORK}
    for table in ("thread_split", "thread_erasure"):
        op.create_index(f"ix_{table}_work", table, ["entry_id"], **work)


def _work(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("cursor", sa.Integer, nullable=False),
        sa.Column("planned", sa.Integer, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["entry_id"], ["log_entry.id"], name=op.f(f"fk_{table}_entry_id"), ondelete="CASCADE"),
    ]


def downgrade() -> None:
    """Drop them."""
    op.drop_table("thread_split")
    op.drop_table("thread_erasure")
