"""Boards can be closed, have rules and an icon, and be deleted with their threads."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the columns and the table of icons; a merge without a target deletes the threads."""
    op.add_column("board", sa.Column("is_closed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("board", sa.Column("rules", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "board_icon",
        sa.Column("board_id", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_board_icon_board_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("board_id", name=op.f("pk_board_icon")),
    )
    with op.batch_alter_table("board_merge") as batch:
        batch.alter_column("target_id", existing_type=sa.Integer, nullable=True)


def downgrade() -> None:
    """Drop them; closed boards are open again, and threads that are not deleted yet stay."""
    op.execute("DELETE FROM board_merge WHERE target_id IS NULL")
    with op.batch_alter_table("board_merge") as batch:
        batch.alter_column("target_id", existing_type=sa.Integer, nullable=False)
    op.drop_table("board_icon")
    with op.batch_alter_table("board") as batch:
        batch.drop_column("rules")
        batch.drop_column("is_closed")
