"""Where threads went that were merged into others, or moved to other boards."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0028"
SHOWN = sa.text("shown_until IS NOT NULL")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "thread_redirect",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("old_id", sa.Integer, nullable=False),
        sa.Column("target_id", sa.Integer, nullable=False),
        sa.Column("board_id", sa.Integer, nullable=True),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("page_posts", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["thread.id"], name=op.f("fk_thread_redirect_target_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["board_id"], ["board.id"], name=op.f("fk_thread_redirect_board_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_redirect")),
    )
    for column in ("old_id", "target_id", "board_id"):
        op.create_index(f"ix_thread_redirect_{column}", "thread_redirect", [column])
    shown = {"sqlite_where": SHOWN, "postgresql_where": SHOWN}
    op.create_index("ix_thread_redirect_board", "thread_redirect", ["board_id", "shown_until"], **shown)


def downgrade() -> None:
    """Drop the table; addresses of merged threads lead nowhere then."""
    op.drop_table("thread_redirect")
