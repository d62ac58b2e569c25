"""Merges of long threads, which a job carries out."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
HAS_WORK = sa.text("step <> ''")


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("thread", sa.Column("is_being_merged", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "thread_merge",
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("into_id", sa.Integer, nullable=False),
        sa.Column("redirect_days", sa.Integer, nullable=True),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("cursor", sa.Integer, nullable=False),
        sa.Column("kept", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("opening_id", sa.Integer, nullable=True),
        sa.Column("page_posts", sa.JSON, nullable=False),
        sa.Column("planned", sa.Integer, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["log_entry.id"], name=op.f("fk_thread_merge_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["into_id"], ["thread.id"], name=op.f("fk_thread_merge_into_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_thread_merge")),
    )
    op.create_index(op.f("ix_thread_merge_into_id"), "thread_merge", ["into_id"])
    work = {"sqlite_where": HAS_WORK, "postgresql_where": HAS_WORK}
    op.create_index("ix_thread_merge_work", "thread_merge", ["entry_id"], **work)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("thread_merge")
    op.drop_column("thread", "is_being_merged")
