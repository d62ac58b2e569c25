"""Threads and posts have a visibility: public, held, deleted or rejected."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
PUBLIC, DELETED = 0, 2
# without their last column, which was deleted_at and becomes visibility
COVERING: dict[str, tuple[str, list[str]]] = {
    "ix_thread_board_latest": ("thread", ["board_id", "is_pinned", "last_posted_at", "id"]),
    "ix_thread_board_started": ("thread", ["board_id", "is_pinned", "started_at", "id"]),
    "ix_thread_board_replies": ("thread", ["board_id", "is_pinned", "reply_count", "id"]),
    "ix_thread_board_views": ("thread", ["board_id", "is_pinned", "view_count", "id"]),
    "ix_thread_latest": ("thread", ["last_posted_at", "id", "board_id"]),
    "ix_thread_started": ("thread", ["started_at", "id", "board_id"]),
    "ix_thread_replies": ("thread", ["reply_count", "id", "board_id"]),
    "ix_thread_views": ("thread", ["view_count", "id", "board_id"]),
    "ix_thread_starter": ("thread", ["starter_id", "started_at", "id", "board_id"]),
    "ix_post_author": ("post", ["author_id", "created_at", "id", "thread_id"]),
}


def upgrade() -> None:
    """Add the column, which rewrites no table; mark what is deleted while an index tells; rebuild the indexes."""
    for table in ("thread", "post"):
        op.add_column(table, sa.Column("visibility", sa.SmallInteger, nullable=False, server_default=str(PUBLIC)))
        deleted = f"SELECT id FROM {table} WHERE deleted_at IS NOT NULL"  # noqa: S608 - our own table names
        op.execute(f"UPDATE {table} SET visibility = {DELETED} WHERE id IN ({deleted})")  # noqa: S608
    _rebuild("visibility")
    op.drop_index("ix_thread_deleted", "thread")
    _create_partial("ix_thread_hidden", ["board_id", "deleted_at", "visibility"], only="visibility != 0")
    if op.get_bind().dialect.name == "postgresql":  # without statistics it takes 0 for rare; no autovacuum is due
        op.execute("ANALYZE thread, post")


def downgrade() -> None:
    """Restore the indexes and drop the column; what was held or rejected becomes deleted, so that it stays hidden."""
    for table, moment in (("thread", "started_at"), ("post", "created_at")):
        hidden = f"visibility != {PUBLIC} AND deleted_at IS NULL"
        op.execute(f"UPDATE {table} SET deleted_at = {moment} WHERE {hidden}")  # noqa: S608
    op.drop_index("ix_thread_hidden", "thread")
    _rebuild("deleted_at")
    _create_partial("ix_thread_deleted", ["board_id", "deleted_at"], only="deleted_at IS NOT NULL")
    for table in ("thread", "post"):
        op.drop_column(table, "visibility")


def _rebuild(last: str) -> None:
    for name, (table, columns) in COVERING.items():
        op.drop_index(name, table)
        op.create_index(name, table, [*columns, last])


def _create_partial(name: str, columns: list[str], *, only: str) -> None:
    op.create_index(name, "thread", columns, sqlite_where=sa.text(only), postgresql_where=sa.text(only))
