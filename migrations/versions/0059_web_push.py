"""Web push: browsers in which members get notifications, what is still to be sent to them, and the forum's keys."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "push_key",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("public_key", sa.String(100), nullable=False),
        sa.Column("private_key", sa.String(60), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_key")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("endpoint", sa.String(1000), nullable=False),
        sa.Column("p256dh", sa.String(100), nullable=False),
        sa.Column("auth", sa.String(30), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False, server_default=""),
        sa.Column("created_at", TIME, nullable=False),
        _refers("push_subscription", "member_id", "member.id"),
        _refers("push_subscription", "session_id", "member_session.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
    )
    op.create_table(
        "pending_push",
        sa.Column("notification_id", sa.Integer, nullable=False),
        sa.Column("subscription_id", sa.Integer, nullable=False),
        sa.Column("try_after", TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        _refers("pending_push", "notification_id", "notification.id"),
        _refers("pending_push", "subscription_id", "push_subscription.id"),
        sa.PrimaryKeyConstraint("notification_id", "subscription_id", name=op.f("pk_pending_push")),
    )
    for table, column in (
        ("push_subscription", "member_id"),
        ("push_subscription", "session_id"),
        ("pending_push", "subscription_id"),
        ("pending_push", "try_after"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def downgrade() -> None:
    """Drop them."""
    for table in ("pending_push", "push_subscription", "push_key"):
        op.drop_table(table)
