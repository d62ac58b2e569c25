"""Two-factor authentication: secrets of authenticator apps, recovery codes, and logins that wait for a code."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and add the column that says who uses it: nobody yet."""
    op.create_table(
        "two_factor",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("secret", sa.String(32), nullable=False),
        sa.Column("last_step", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _reference("two_factor"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_two_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        _reference("recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "pending_login",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("is_persistent", sa.Boolean, nullable=False),
        sa.Column("keeps_account", sa.Boolean, nullable=False),
        _reference("pending_login"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_login")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pending_login_token_hash")),
    )
    for table in ("recovery_code", "pending_login"):
        op.create_index(f"ix_{table}_member_id", table, ["member_id"])
    op.add_column("member", sa.Column("two_factor_at", MOMENT, nullable=True))


def _reference(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_member_id")
    return sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    """Drop all of it; logging in takes the password alone again."""
    op.drop_column("member", "two_factor_at")
    for table in ("pending_login", "recovery_code", "two_factor"):
        op.drop_table(table)
