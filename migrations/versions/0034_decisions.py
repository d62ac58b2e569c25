"""What staff decide about members and what they wrote."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
MOMENT = sa.DateTime(timezone=True)
OF_DECISION = (
    ("member_id", "member.id", "CASCADE"),
    ("by_id", "member.id", "SET NULL"),
    ("about_post_id", "post.id", "SET NULL"),
    ("about_thread_id", "thread.id", "SET NULL"),
)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("by_id", sa.Integer, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("about_post_id", sa.Integer, nullable=True),
        sa.Column("about_thread_id", sa.Integer, nullable=True),
        sa.Column("title", sa.String(150), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        *_references("decision", OF_DECISION),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_member_latest", "decision", ["member_id", "id"])
    for column in ("by_id", "about_post_id", "about_thread_id"):
        op.create_index(f"ix_decision_{column}", "decision", [column])


def _references(table: str, columns: tuple[tuple[str, str, str], ...]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=rule)
        for column, target, rule in columns
    ]


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("decision")
