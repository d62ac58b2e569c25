"""What waits for moderators."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
MOMENT = sa.DateTime(timezone=True)
REFERENCES = (
    ("post_id", "post.id", "CASCADE"),
    ("member_id", "member.id", "CASCADE"),
    ("assignee_id", "member.id", "SET NULL"),
    ("decided_by_id", "member.id", "SET NULL"),
)
OPEN_INDEXES = (
    ("ix_review_item_open", ["opened_at", "id"], False, ""),
    ("ix_review_item_open_post", ["post_id", "kind"], True, ""),
    ("ix_review_item_open_member", ["member_id", "kind"], True, " AND post_id IS NULL"),
)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "review_item",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("post_id", sa.Integer, nullable=True),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("assignee_id", sa.Integer, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Integer, nullable=True),
        sa.Column("decision", sa.String(20), nullable=False, server_default=""),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_review_item_{column}"), ondelete=rule)
            for column, target, rule in REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
    )
    for column, _, _ in REFERENCES:
        op.create_index(f"ix_review_item_{column}", "review_item", [column])
    for name, columns, is_unique, more in OPEN_INDEXES:
        only = sa.text("decided_at IS NULL" + more)
        op.create_index(name, "review_item", columns, unique=is_unique, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("review_item")
