"""A covering index for each paged list, and columns to sort members by name and score."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
PUBLIC = "password_hash IS NULL OR joined_at IS NOT NULL"
AT_ONCE = 1000
NEW: dict[str, tuple[str, list[str]]] = {
    "ix_thread_board_latest": ("thread", ["board_id", "is_pinned", "last_posted_at", "id", "deleted_at"]),
    "ix_thread_board_started": ("thread", ["board_id", "is_pinned", "started_at", "id", "deleted_at"]),
    "ix_thread_board_replies": ("thread", ["board_id", "is_pinned", "reply_count", "id", "deleted_at"]),
    "ix_thread_board_views": ("thread", ["board_id", "is_pinned", "view_count", "id", "deleted_at"]),
    "ix_thread_latest": ("thread", ["last_posted_at", "id", "board_id", "deleted_at"]),
    "ix_thread_started": ("thread", ["started_at", "id", "board_id", "deleted_at"]),
    "ix_thread_replies": ("thread", ["reply_count", "id", "board_id", "deleted_at"]),
    "ix_thread_views": ("thread", ["view_count", "id", "board_id", "deleted_at"]),
    "ix_thread_starter": ("thread", ["starter_id", "started_at", "id", "board_id", "deleted_at"]),
    "ix_thread_deleted": ("thread", ["board_id", "deleted_at"]),
    "ix_post_author": ("post", ["author_id", "created_at", "id", "thread_id", "deleted_at"]),
    "ix_member_messages": ("member", ["message_count", "id"]),
    "ix_member_score": ("member", ["score", "id"]),
    "ix_member_joined": ("member", ["joined_at", "id"]),
    "ix_member_name": ("member", ["plain_name", "id"]),
}
OLD: dict[str, tuple[str, list[str]]] = {
    "ix_thread_board_latest": ("thread", ["board_id", "is_pinned", "last_posted_at"]),
    "ix_thread_board_started": ("thread", ["board_id", "started_at"]),
    "ix_thread_board_replies": ("thread", ["board_id", "reply_count"]),
    "ix_thread_board_views": ("thread", ["board_id", "view_count"]),
    "ix_thread_latest": ("thread", ["last_posted_at"]),
    "ix_thread_starter": ("thread", ["starter_id", "started_at"]),
    "ix_post_author": ("post", ["author_id", "created_at"]),
    "ix_member_joined_at": ("member", ["joined_at"]),
    "ix_member_message_count": ("member", ["message_count"]),
}
ONLY = {"thread": "deleted_at IS NOT NULL", "member": PUBLIC}


def upgrade() -> None:
    """Add the columns and replace the indexes."""
    name = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
    op.add_column("member", sa.Column("plain_name", name, server_default="", nullable=False))
    # SQLite can only add virtual generated columns, PostgreSQL 15 only stored ones
    is_stored = op.get_bind().dialect.name == "postgresql"
    score = sa.Computed("positive_reactions - negative_reactions", persisted=is_stored)
    op.add_column("member", sa.Column("score", sa.Integer(), score))
    _fold_names()
    _exchange(OLD, NEW)


def _fold_names() -> None:
    connection, last = op.get_bind(), 0
    some = sa.text("SELECT id, username FROM member WHERE id > :last ORDER BY id LIMIT :most")
    fold = sa.text("UPDATE member SET plain_name = :plain WHERE id = :id")
    while rows := connection.execute(some, {"last": last, "most": AT_ONCE}).all():
        connection.execute(fold, [{"id": row.id, "plain": _plain_key(row.username)[:120]} for row in rows])
        last = rows[-1].id


def _plain_key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return re.sub(r"\s+", " ", folded).strip()


def _exchange(before: dict[str, tuple[str, list[str]]], after: dict[str, tuple[str, list[str]]]) -> None:
    for name, (table, _) in before.items():
        op.drop_index(name, table)
    for name, (table, columns) in after.items():
        is_part = name == "ix_thread_deleted" or columns[-1] == "id"
        where = sa.text(ONLY[table]) if is_part else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Restore the earlier, non-covering indexes and drop the columns."""
    _exchange(NEW, OLD)
    op.drop_column("member", "score")
    op.drop_column("member", "plain_name")
