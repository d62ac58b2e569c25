"""Edits that wait for approval, and notices by staff at posts."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
OF_EDIT = (
    ("item_id", "review_item.id", "CASCADE"),
    ("post_id", "post.id", "CASCADE"),
    ("sample_id", "spam_sample.id", "SET NULL"),
)


def upgrade() -> None:
    """Create the table and add the columns."""
    op.create_table(
        "held_edit",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("item_id", sa.Integer, nullable=True),
        sa.Column("post_id", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("title", sa.String(150), nullable=False, server_default=""),
        sa.Column("title_before", sa.String(150), nullable=False, server_default=""),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("approved_revision", sa.Integer, nullable=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sample_id", sa.Integer, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_held_edit_{column}"), ondelete=rule)
            for column, target, rule in OF_EDIT
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_edit")),
    )
    op.create_index("ix_held_edit_item_id", "held_edit", ["item_id"], unique=True)
    for column in ("post_id", "sample_id"):
        op.create_index(f"ix_held_edit_{column}", "held_edit", [column])
    op.add_column("post", sa.Column("has_held_edit", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("post", sa.Column("staff_notice", sa.String(300), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop them."""
    op.drop_table("held_edit")
    op.drop_column("post", "staff_notice")
    op.drop_column("post", "has_held_edit")
