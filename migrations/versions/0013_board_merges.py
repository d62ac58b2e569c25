"""Boards that are being merged into others."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "board_merge",
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_board_merge_board_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["board.id"], name=op.f("fk_board_merge_target_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_board_merge_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("board_id", name=op.f("pk_board_merge")),
    )
    op.create_index("ix_board_merge_target_id", "board_merge", ["target_id"])


def downgrade() -> None:
    """Drop the table; threads that are not moved yet stay where they are."""
    op.drop_table("board_merge")
