"""Reactions to messages of conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
TABLE = "message_reaction"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        TABLE,
        sa.Column("message_id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("kind_id", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _reference("message_id", "conversation_message.id", "CASCADE"),
        _reference("member_id", "member.id"),
        _reference("kind_id", "reaction_kind.id"),
        sa.PrimaryKeyConstraint("message_id", "member_id", name=op.f(f"pk_{TABLE}")),
    )
    for column in ("member_id", "kind_id"):
        op.create_index(op.f(f"ix_{TABLE}_{column}"), TABLE, [column])


def _reference(column: str, target: str, rule: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{TABLE}_{column}"), ondelete=rule)


def downgrade() -> None:
    """Drop it."""
    op.drop_table(TABLE)
