"""Appeals against decisions, and notices of illegal content."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
MOMENT = sa.DateTime(timezone=True)
OPEN = "decided_at IS NULL"
OPEN_ONCE = {"ix_review_item_open_post": "post_id", "ix_review_item_open_member": "member_id"}
NEW_COLUMNS = ("responded_at", "told_due_at", "due_at")
FIGURES = {
    "review_item": ["kind", "decided_at", "decision", "opened_at", "decided_by_id"],
    "decision": ["at", "kind"],
    "report": ["created_at", "kind"],
}


def upgrade() -> None:
    """Create the tables, and let several appeals about a post or a member be open at once."""
    for name in NEW_COLUMNS:
        op.add_column("review_item", sa.Column(name, MOMENT))
    only = sa.text(OPEN + " AND due_at IS NOT NULL")
    op.create_index("ix_review_item_due", "review_item", ["due_at"], sqlite_where=only, postgresql_where=only)
    _replace_unique_indexes(OPEN + " AND kind <> 'appeal'")
    for table, columns in FIGURES.items():
        only = sa.text("decided_at IS NOT NULL") if table == "review_item" else None
        op.create_index(f"ix_{table}_figures", table, columns, sqlite_where=only, postgresql_where=only)
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("decision_id", sa.Integer, nullable=False),
        sa.Column("item_id", sa.Integer, nullable=False),
        sa.Column("words", sa.String(2000), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _reference("appeal", "decision_id", "decision", "CASCADE"),
        _reference("appeal", "item_id", "review_item", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_appeal_decision_id")),
        sa.UniqueConstraint("item_id", name=op.f("uq_appeal_item_id")),
    )
    _create_notices()


def _create_notices() -> None:
    op.create_table(
        "illegal_notice",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("member_id", sa.Integer),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("law", sa.String(200), nullable=False),
        sa.Column("words", sa.String(4000), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("decided_at", MOMENT),
        sa.Column("was_right", sa.Boolean, nullable=False, server_default=sa.false()),
        _reference("illegal_notice", "member_id", "member", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_illegal_notice")),
        sa.UniqueConstraint("reference", name=op.f("uq_illegal_notice_reference")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_illegal_notice_secret_hash")),
    )
    op.create_index("ix_illegal_notice_member_id", "illegal_notice", ["member_id"])
    op.create_index("ix_illegal_notice_created_at", "illegal_notice", ["created_at"])
    op.create_table(
        "noticed_content",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("notice_id", sa.Integer, nullable=False),
        sa.Column("item_id", sa.Integer),
        sa.Column("address", sa.String(300), nullable=False),
        _reference("noticed_content", "notice_id", "illegal_notice", "CASCADE"),
        _reference("noticed_content", "item_id", "review_item", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_noticed_content")),
        sa.UniqueConstraint("item_id", "notice_id", name="uq_noticed_content_item_notice"),
    )
    op.create_index("ix_noticed_content_notice_id", "noticed_content", ["notice_id"])


def _reference(table: str, column: str, of: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"), ondelete=ondelete)


def _replace_unique_indexes(open_once: str) -> None:
    for name, column in OPEN_ONCE.items():
        op.drop_index(name, "review_item")
        only = sa.text(open_once + (" AND post_id IS NULL" if column == "member_id" else ""))
        columns = [column, "kind"]
        op.create_index(name, "review_item", columns, unique=True, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    """Drop them; appeals and notices are lost, and what they were about stays as it is."""
    op.drop_table("noticed_content")
    op.drop_table("illegal_notice")
    op.drop_table("appeal")
    op.execute("DELETE FROM review_item WHERE kind = 'appeal'")
    op.execute("DELETE FROM mail_token WHERE purpose IN ('banned', 'banned-code')")
    for table in FIGURES:
        op.drop_index(f"ix_{table}_figures", table)
    _replace_unique_indexes(OPEN)
    op.drop_index("ix_review_item_due", "review_item")
    for name in NEW_COLUMNS:
        op.drop_column("review_item", name)
