"""Notices above the pages, which of them members have closed, and room for what a check of the search index finds."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables and the column of members, and widen a column."""
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.String(6), nullable=False),
        sa.Column("title", sa.String(100), nullable=False, server_default=""),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("markup_version", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String(20), nullable=False) for name in ("style", "audience", "place")),
        sa.Column("includes_children", sa.Boolean, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("is_dismissible", sa.Boolean, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("order", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    for table, column, target in (
        ("notice_group", "group_id", "member_group.id"),
        ("notice_board", "board_id", "board.id"),
    ):
        op.create_table(
            table,
            sa.Column("notice_id", sa.Integer, nullable=False),
            sa.Column(column, sa.Integer, nullable=False),
            sa.ForeignKeyConstraint(
                ["notice_id"], ["notice.id"], name=op.f(f"fk_{table}_notice_id"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("notice_id", column, name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.add_column("member", sa.Column("dismissed_notices", sa.String(400), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "postgresql":  # SQLite does not enforce lengths
        op.alter_column("index_state", "value", type_=sa.Text)


def downgrade() -> None:
    """Drop them, and forget what is known of checks."""
    names = "'progress', 'rebuild wanted', 'check wanted', 'check', 'checked'"
    op.execute(f"DELETE FROM index_state WHERE name IN ({names})")  # noqa: S608 - constants
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("index_state", "value", type_=sa.String(30))
    op.drop_column("member", "dismissed_notices")
    op.drop_table("notice_board")
    op.drop_table("notice_group")
    op.drop_table("notice")
