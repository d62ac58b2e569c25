"""Watching and muting threads and boards."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
DEFAULTS = ("watch_started", "watch_answered")


def upgrade() -> None:
    """Create the tables, and the members' defaults: empty for the forum's."""
    _create_watches("thread")
    _create_watches("board", sa.Column("told_of", sa.String(10), nullable=False, server_default="threads"))
    op.create_index("ix_thread_watch_thread", "thread_watch", ["thread_id", "member_id", "level"])
    op.create_index("ix_board_watch_board", "board_watch", ["board_id", "member_id"])
    op.create_table(
        "post_telling",
        sa.Column("post_id", sa.Integer, nullable=False),
        sa.Column("told_to", sa.Integer, nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_telling_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_telling")),
    )
    for column in DEFAULTS:
        op.add_column("member", sa.Column(column, sa.String(10), nullable=False, server_default=""))


def _create_watches(kind: str, *more: sa.Column[str]) -> None:
    table, owner, place = f"{kind}_watch", "member_id", f"{kind}_id"
    op.create_table(
        table,
        sa.Column(owner, sa.Integer, nullable=False),
        sa.Column(place, sa.Integer, nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("level_before", sa.String(10), nullable=False, server_default=""),
        *more,
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint([owner], ["member.id"], name=op.f(f"fk_{table}_{owner}"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint([place], [f"{kind}.id"], name=op.f(f"fk_{table}_{place}"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(owner, place, name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    """Drop them."""
    for column in DEFAULTS:
        op.drop_column("member", column)
    for table in ("post_telling", "board_watch", "thread_watch"):
        op.drop_table(table)
