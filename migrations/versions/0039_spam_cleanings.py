"""Cleanings of what spammers wrote, and blocked link domains."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
MOMENT = sa.DateTime(timezone=True)
HAS_WORK = sa.text("step <> ''")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "spam_cleaning",
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("decision_id", sa.Integer, nullable=True),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("planned", sa.Integer, nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("cursor", sa.Integer, nullable=False),
        sa.Column("cursor_post", sa.Integer, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("undo_id", sa.Integer, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["log_entry.id"], name=op.f("fk_spam_cleaning_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_spam_cleaning_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_spam_cleaning_decision_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["undo_id"], ["log_entry.id"], name=op.f("fk_spam_cleaning_undo_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_spam_cleaning")),
    )
    for column in ("member_id", "decision_id", "finished_at", "undo_id"):
        op.create_index(f"ix_spam_cleaning_{column}", "spam_cleaning", [column])
    op.create_index(
        "ix_spam_cleaning_work", "spam_cleaning", ["entry_id"], sqlite_where=HAS_WORK, postgresql_where=HAS_WORK
    )
    op.create_table(
        "blocked_link",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer, nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_blocked_link_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_link")),
        sa.UniqueConstraint("domain", name=op.f("uq_blocked_link_domain")),
    )
    for column in ("until", "by_id"):
        op.create_index(f"ix_blocked_link_{column}", "blocked_link", [column])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("blocked_link")
    op.drop_table("spam_cleaning")
