"""Posts that wait for approval: why they wait, which boards hold them, and an index of those that have no place yet."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
NO_PLACE = sa.text("position < 0")


def upgrade() -> None:
    """Add two columns and an index."""
    op.add_column("review_item", sa.Column("held_for", sa.String(500), nullable=False, server_default=""))
    op.add_column("board", sa.Column("approval", sa.String(10), nullable=False, server_default=""))
    columns = ["thread_id", "visibility", "author_id"]
    op.create_index("ix_post_unpublished", "post", columns, sqlite_where=NO_PLACE, postgresql_where=NO_PLACE)


def downgrade() -> None:
    """Drop them; posts without a place become the last of their threads, deleted, so that nobody sees them."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT p.id, p.thread_id, t.last_position FROM post p JOIN thread t ON t.id = p.thread_id"
            " WHERE p.position < 0 ORDER BY p.thread_id, p.id"
        )
    ).all()
    added: dict[int, int] = {}
    for post_id, thread_id, last in rows:
        added[thread_id] = added.get(thread_id, last) + 1
        place = {"place": added[thread_id], "id": post_id}
        connection.execute(sa.text("UPDATE post SET visibility = 2, position = :place WHERE id = :id"), place)
    for thread_id, last in added.items():
        place = {"last": last, "id": thread_id}
        connection.execute(sa.text("UPDATE thread SET last_position = :last WHERE id = :id"), place)
    op.drop_index("ix_post_unpublished", "post")
    with op.batch_alter_table("board") as batch:
        batch.drop_column("approval")
    with op.batch_alter_table("review_item") as batch:
        batch.drop_column("held_for")
