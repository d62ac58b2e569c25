"""Private conversations, and reports of their messages."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
MOMENT = sa.DateTime(timezone=True)
OPEN_ONCE = "decided_at IS NULL AND kind <> 'appeal'"
BY_MEMBER, BY_MESSAGE = "ix_review_item_open_member", "ix_review_item_open_message"


def upgrade() -> None:
    """Create the tables; a case of reports may be about a message."""
    op.create_table(
        "conversation",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("starter_id", sa.Integer, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("last_position", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_message_at", MOMENT, nullable=False),
        _reference("conversation", "starter_id", "member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_table(
        "conversation_member",
        sa.Column("conversation_id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("invited_by_id", sa.Integer, nullable=True),
        sa.Column("read_position", sa.Integer, nullable=False, server_default="0"),
        sa.Column("is_starred", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("left_at", MOMENT, nullable=True),
        _reference("conversation_member", "conversation_id", "conversation.id", "CASCADE"),
        _reference("conversation_member", "member_id", "member.id", "CASCADE"),
        _reference("conversation_member", "invited_by_id", "member.id"),
        sa.PrimaryKeyConstraint("conversation_id", "member_id", name=op.f("pk_conversation_member")),
    )
    columns = ["member_id", "left_at", "conversation_id"]
    op.create_index("ix_conversation_member_member", "conversation_member", columns)
    _create_messages()
    op.add_column("member", sa.Column("unread_conversations", sa.Integer, nullable=False, server_default="0"))
    choice = sa.Column("conversations_from", sa.String(10), nullable=False, server_default="everyone")
    op.add_column("member", choice)
    with op.batch_alter_table("review_item") as batch:
        batch.add_column(sa.Column("message_id", sa.Integer, nullable=True))
        name = op.f("fk_review_item_message_id")
        batch.create_foreign_key(name, "conversation_message", ["message_id"], ["id"], ondelete="CASCADE")
    _index_cases(" AND post_id IS NULL AND message_id IS NULL")
    _create_index(BY_MESSAGE, ["message_id", "kind"], OPEN_ONCE)
    op.create_index(op.f("ix_review_item_message_id"), "review_item", ["message_id"])


def _create_messages() -> None:
    op.create_table(
        "conversation_message",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("author_id", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("markup_version", sa.Integer, nullable=False),
        sa.Column("edited_at", MOMENT, nullable=True),
        sa.Column("event", sa.String(10), nullable=False, server_default=""),
        sa.Column("about_id", sa.Integer, nullable=True),
        _reference("conversation_message", "conversation_id", "conversation.id", "CASCADE"),
        _reference("conversation_message", "author_id", "member.id"),
        _reference("conversation_message", "about_id", "member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_message")),
        sa.UniqueConstraint("conversation_id", "position", name="uq_conversation_message_position"),
    )
    op.create_index("ix_conversation_message_author", "conversation_message", ["author_id", "created_at"])


def _reference(table: str, column: str, target: str, rule: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=rule)


def _index_cases(more: str) -> None:
    """Let at most one case about a member be open, apart from those about what they wrote."""
    op.drop_index(BY_MEMBER, "review_item")
    _create_index(BY_MEMBER, ["member_id", "kind"], OPEN_ONCE + more)


def _create_index(name: str, columns: list[str], only: str) -> None:
    where = {"sqlite_where": sa.text(only), "postgresql_where": sa.text(only)}
    op.create_index(name, "review_item", columns, unique=True, **where)


def downgrade() -> None:
    """Drop them, with the cases about messages."""
    op.execute("DELETE FROM review_item WHERE message_id IS NOT NULL")
    op.drop_index(BY_MESSAGE, "review_item")
    op.drop_index(op.f("ix_review_item_message_id"), "review_item")
    _index_cases(" AND post_id IS NULL")
    with op.batch_alter_table("review_item") as batch:
        batch.drop_column("message_id")
    for column in ("unread_conversations", "conversations_from"):
        op.drop_column("member", column)
    for table in ("conversation_message", "conversation_member", "conversation"):
        op.drop_table(table)
