"""Former names of members, and accounts that are closed, and then erased or merged."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
MOMENT = sa.DateTime(timezone=True)
OPEN = "password_hash IS NULL OR joined_at IS NOT NULL"
INDEXES = {
    "ix_member_messages": ["message_count", "id"],
    "ix_member_score": ["score", "id"],
    "ix_member_joined": ["joined_at", "id"],
    "ix_member_name": ["plain_name", "id"],
}


def upgrade() -> None:
    """Create the tables and the column, and leave closed accounts out of the lists of members."""
    _create_old_names()
    _create_erasures()
    _create_merges()
    op.add_column("member", sa.Column("closed_at", MOMENT, nullable=True))
    _replace_indexes(f"({OPEN}) AND closed_at IS NULL")


def _create_old_names() -> None:
    op.create_table(
        "member_old_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_key", sa.String(120), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        _reference("member_old_name", "member_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_old_name")),
        sa.UniqueConstraint("name_key", name=op.f("uq_member_old_name_name_key")),
    )
    op.create_index("ix_member_old_name_member_id", "member_old_name", ["member_id"])


def _create_erasures() -> None:
    op.create_table(
        "account_erasure",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("erase_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("deletes_posts", sa.Boolean(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("done_to", sa.Integer(), nullable=False),
        _reference("account_erasure", "member_id", "CASCADE"),
        _reference("account_erasure", "by_id", "SET NULL"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_account_erasure")),
    )


def _create_merges() -> None:
    op.create_table(
        "account_merge",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(60), nullable=False),
        sa.Column("done_to", sa.Integer(), nullable=False),
        _reference("account_merge", "member_id", "CASCADE"),
        _reference("account_merge", "target_id", "CASCADE"),
        _reference("account_merge", "by_id", "SET NULL"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_account_merge")),
    )
    op.create_index("ix_account_merge_target_id", "account_merge", ["target_id"])


def _reference(table: str, column: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["member.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def _replace_indexes(condition: str) -> None:
    where = sa.text(condition)
    for name, columns in INDEXES.items():
        op.drop_index(name, "member")
        op.create_index(name, "member", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop what was created; closed accounts that are not erased yet are open again."""
    _replace_indexes(OPEN)
    op.execute("ALTER TABLE member DROP COLUMN closed_at")
    op.drop_table("account_merge")
    op.drop_table("account_erasure")
    op.drop_table("member_old_name")
