"""Groups with rights, and access lists of boards in place of the lowest roles that see them and post in them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
ROLES = ("guest", "member", "moderator", "admin")
GROUPS = {"guest": 1, "member": 2, "moderator": 3, "admin": 4}
TITLES = ("Guests", "Members", "Moderators", "Admins")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and give a list to each board whose roles differ from its parent's."""
    _create_tables()
    connection = op.get_bind()
    for order, title in enumerate(TITLES):
        connection.execute(
            sa.text('INSERT INTO member_group (title, "order") VALUES (:title, :order)'),
            {"title": title, "order": order},
        )
    op.add_column("board", sa.Column("has_access_list", sa.Boolean, nullable=False, server_default=sa.false()))
    found = connection.execute(sa.text("SELECT id, parent_id, audience, posters FROM board")).mappings()
    boards = {row["id"]: row for row in found}
    for board in boards.values():
        parent = boards.get(board["parent_id"])
        inherited = (parent["audience"], parent["posters"]) if parent else ("guest", "member")
        if (board["audience"], board["posters"]) != inherited:
            _store_list(board)
    with op.batch_alter_table("board") as batch:
        for name in ("audience", "posters"):
            batch.drop_constraint(op.f(f"ck_board_{name}"), type_="check")
        for column in ("audience", "visible_to", "posters"):
            batch.drop_column(column)


def _create_tables() -> None:
    op.create_table(
        "member_group",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("description", sa.String(300), nullable=False, server_default=""),
        sa.Column("order", sa.Integer, nullable=False, server_default="0"),
        *(sa.Column(name, sa.Integer, nullable=True) for name in ("min_messages", "min_days", "min_score")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_group")),
        sa.UniqueConstraint("title", name=op.f("uq_member_group_title")),
    )
    op.create_table(
        "group_membership",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("by_id", sa.Integer, nullable=True),
        _reference("group_membership", "member_id", "member"),
        _reference("group_membership", "group_id", "member_group"),
        _reference("group_membership", "by_id", "member", "SET NULL"),
        sa.PrimaryKeyConstraint("member_id", "group_id", name=op.f("pk_group_membership")),
    )
    op.create_index("ix_group_membership_group_id", "group_membership", ["group_id"])
    op.create_index("ix_group_membership_by_id", "group_membership", ["by_id"])
    op.create_table(
        "group_right",
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("right", sa.String(40), nullable=False),
        sa.Column("is_granted", sa.Boolean, nullable=False),
        _reference("group_right", "group_id", "member_group"),
        sa.PrimaryKeyConstraint("group_id", "right", name=op.f("pk_group_right")),
    )
    op.create_table(
        "board_access",
        sa.Column("board_id", sa.Integer, nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("moderates", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.CheckConstraint("level IN ('see', 'reply', 'start')", name=op.f("ck_board_access_level")),
        _reference("board_access", "board_id", "board"),
        _reference("board_access", "group_id", "member_group"),
        sa.PrimaryKeyConstraint("board_id", "group_id", name=op.f("pk_board_access")),
    )
    op.create_index("ix_board_access_group_id", "board_access", ["group_id"])


def _reference(table: str, column: str, target: str, when_deleted: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=when_deleted)


def _store_list(board: Mapping[str, Any]) -> None:
    """Store what each role could do: those who saw a board replied, and moderators among them moderated."""
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE board SET has_access_list = true WHERE id = :id"), {"id": board["id"]})
    for role in ROLES[ROLES.index(board["audience"]) : -1]:  # admins need no entry
        starts = ROLES.index(role) >= ROLES.index(board["posters"])
        level = "see" if role == "guest" else "start" if starts else "reply"
        connection.execute(
            sa.text(
                "INSERT INTO board_access (board_id, group_id, level, moderates) "
                "VALUES (:board, :group, :level, :moderates)"
            ),
            {"board": board["id"], "group": GROUPS[role], "level": level, "moderates": role == "moderator"},
        )


def downgrade() -> None:
    """Restore the lowest roles from the entries of the built-in groups; other groups lose what their entries gave."""
    connection = op.get_bind()
    lists: dict[int, dict[int, str]] = {}
    for row in connection.execute(sa.text("SELECT board_id, group_id, level FROM board_access")):
        lists.setdefault(row.board_id, {})[row.group_id] = row.level
    boards = {row.id: row for row in connection.execute(sa.text("SELECT id, parent_id, has_access_list FROM board"))}
    op.drop_table("board_access")
    op.drop_table("group_right")
    op.drop_table("group_membership")
    op.drop_table("member_group")
    with op.batch_alter_table("board") as batch:
        batch.drop_column("has_access_list")
        for column, default in (("audience", "guest"), ("posters", "member"), ("visible_to", "admin")):
            batch.add_column(sa.Column(column, sa.String(20), nullable=False, server_default=default))
        for column, roles in (("audience", ROLES), ("posters", ROLES[1:])):
            batch.create_check_constraint(op.f(f"ck_board_{column}"), f"{column} IN {roles!r}")
    for board in boards.values():
        line = [board]
        while (above := boards.get(line[-1].parent_id)) is not None and above not in line:
            line.append(above)
        own = [_roles_of(_counting(line[place:], lists)) for place in range(len(line))]
        audience, posters = own[0]
        visible_to = max((audience for audience, _ in own), key=ROLES.index)
        connection.execute(
            sa.text(
                "UPDATE board SET audience = :audience, posters = :posters, visible_to = :visible_to WHERE id = :id"
            ),
            {"audience": audience, "posters": posters, "visible_to": visible_to, "id": board.id},
        )


def _counting(line: list[Any], lists: dict[int, dict[int, str]]) -> dict[int, str]:
    """The list of the nearest of a board and its ancestors that has one."""
    owner = next((board for board in line if board.has_access_list), None)
    return lists.get(owner.id, {}) if owner else {1: "see", 2: "start", 3: "start"}


def _roles_of(entries: dict[int, str]) -> tuple[str, str]:
    """The lowest role that sees a board, and the lowest that starts threads in it."""
    sees = next((role for role in ROLES if GROUPS[role] in entries), "admin")
    starts = next((role for role in ROLES[1:] if entries.get(GROUPS[role]) == "start"), "admin")
    return sees, starts
