"""Threads pinned everywhere or until a time, locked at or until a time, and rows for threads that were moved."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
MOMENT = sa.DateTime(timezone=True)
PARTIAL = {
    "ix_thread_pinned_everywhere": (["id", "visibility"], "is_pinned_everywhere"),
    "ix_thread_pinned_until": (["pinned_until"], "pinned_until IS NOT NULL"),
    "ix_thread_locks_at": (["locks_at"], "locks_at IS NOT NULL"),
    "ix_thread_locked_until": (["locked_until"], "locked_until IS NOT NULL"),
}
TIMES = ("pinned_until", "locks_at", "locked_until")


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("thread", sa.Column("is_pinned_everywhere", sa.Boolean, nullable=False, server_default=sa.false()))
    for name in TIMES:
        op.add_column("thread", sa.Column(name, MOMENT, nullable=True))
    op.add_column("thread", sa.Column("lock_reason", sa.String(200), nullable=False, server_default=""))
    for name, (columns, only) in PARTIAL.items():
        op.create_index(name, "thread", columns, sqlite_where=sa.text(only), postgresql_where=sa.text(only))
    op.add_column("bulk_act", sa.Column("redirect_days", sa.Integer, nullable=True))
    op.drop_column("thread_redirect", "shown_until")
    op.create_table(
        "moved_thread",
        sa.Column("board_id", sa.Integer, nullable=False),
        sa.Column("thread_id", sa.Integer, nullable=False),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.Column("shown_until", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_moved_thread_board_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_moved_thread_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("board_id", "thread_id", name=op.f("pk_moved_thread")),
    )
    op.create_index("ix_moved_thread_board", "moved_thread", ["board_id", "moved_at", "thread_id", "shown_until"])
    only = sa.text("shown_until IS NOT NULL")
    op.create_index("ix_moved_thread_expiry", "moved_thread", ["shown_until"], sqlite_where=only, postgresql_where=only)
    op.create_index(op.f("ix_moved_thread_thread_id"), "moved_thread", ["thread_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("moved_thread")
    op.add_column("thread_redirect", sa.Column("shown_until", MOMENT, nullable=True))
    op.drop_column("bulk_act", "redirect_days")
    for name in PARTIAL:
        op.drop_index(name, "thread")
    for name in ("lock_reason", *TIMES, "is_pinned_everywhere"):
        op.drop_column("thread", name)
