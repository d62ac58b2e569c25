"""Bans move from two columns of the member table to a sanction table with end and author."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
MOMENT = sa.DateTime(timezone=True)
FROM_COLUMNS = """
INSERT INTO sanction (member_id, kind, scope, created_at, reason)
SELECT id, 'ban', '', banned_at, ban_reason FROM member WHERE banned_at IS NOT NULL ORDER BY id
"""
# expired bans stay expired; temporary bans lose their end, which the two columns cannot store
INTO_COLUMNS = """
UPDATE member SET banned_at = ban.created_at, ban_reason = ban.reason
FROM (
  SELECT member_id, created_at, reason FROM sanction
  WHERE kind = 'ban' AND scope = '' AND ended_at IS NULL AND (until IS NULL OR until > CURRENT_TIMESTAMP)
) AS ban
WHERE ban.member_id = member.id
"""


def upgrade() -> None:
    """Create the table, move the bans into it, and drop the columns."""
    op.create_table(
        "sanction",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_sanction_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_sanction_by_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanction")),
    )
    op.create_index(op.f("ix_sanction_member_id"), "sanction", ["member_id"])
    op.create_index(op.f("ix_sanction_by_id"), "sanction", ["by_id"])
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_sanction_open",
        "sanction",
        ["member_id", "kind", "scope"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.execute(FROM_COLUMNS)
    op.drop_column("member", "banned_at")
    op.drop_column("member", "ban_reason")


def downgrade() -> None:
    """Restore the two columns: who is banned now, and why."""
    op.add_column("member", sa.Column("banned_at", MOMENT, nullable=True))
    op.add_column("member", sa.Column("ban_reason", sa.String(length=200), nullable=False, server_default=""))
    op.execute(INTO_COLUMNS)
    op.drop_table("sanction")
