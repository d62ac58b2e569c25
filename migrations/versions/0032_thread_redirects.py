"""Where threads went that were merged into others."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Create the table, and the column that says when a thread's positions were given out anew."""
    op.add_column("thread", sa.Column("generation", sa.Integer, nullable=False, server_default="0"))
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


def downgrade() -> None:
    """Drop the table; addresses of merged threads lead nowhere then."""
    op.drop_table("thread_redirect")
    op.drop_column("thread", "generation")
