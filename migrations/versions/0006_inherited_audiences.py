"""Boards store their effective audience: the narrowest of their own and their ancestors'."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
AUDIENCES = ("guest", "member", "moderator", "admin")


def upgrade() -> None:
    op.add_column("board", sa.Column("visible_to", sa.String(20), nullable=False, server_default="admin"))
    connection = op.get_bind()
    boards = {row.id: row for row in connection.execute(sa.text("SELECT id, parent_id, audience FROM board"))}
    for board in boards.values():
        narrowest, seen = board, set()
        above = board
        while above is not None and above.id not in seen:
            seen.add(above.id)
            narrowest = max(narrowest, above, key=lambda each: AUDIENCES.index(each.audience))
            above = boards.get(above.parent_id)
        connection.execute(
            sa.text("UPDATE board SET visible_to = :audience WHERE id = :id"),
            {"audience": narrowest.audience, "id": board.id},
        )


def downgrade() -> None:
    op.drop_column("board", "visible_to")
