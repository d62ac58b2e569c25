"""Entries of access lists that show only one's own threads; banners of groups, and requests to join them."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the columns; nobody's rights change."""
    op.add_column("board_access", sa.Column("own_threads_only", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("member_group", sa.Column("banner_text", sa.String(30), nullable=False, server_default=""))
    op.add_column("member_group", sa.Column("banner_colour", sa.String(7), nullable=False, server_default=""))
    op.add_column("member_group", sa.Column("edit_minutes", sa.Integer))
    op.add_column("member_group", sa.Column("takes_requests", sa.Boolean, nullable=False, server_default=sa.false()))
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "group_request",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False, server_default=""),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("refused_at", moment),
        sa.Column("answer", sa.String(300), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("member_id", "group_id", name=op.f("pk_group_request")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_group_request_member_id_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["member_group.id"], name=op.f("fk_group_request_group_id_member_group"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_group_request_group_id", "group_request", ["group_id"])


def downgrade() -> None:
    """Drop them; groups that saw only their own threads in a board see it no more, as they would see all."""
    op.execute("DELETE FROM board_access WHERE own_threads_only")
    op.drop_table("group_request")
    for name in ("takes_requests", "edit_minutes", "banner_colour", "banner_text"):
        op.drop_column("member_group", name)
    op.drop_column("board_access", "own_threads_only")
