"""Mail that was read from the mailbox: what was handled already."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "inbound_mail",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("member_id", sa.Integer),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("key", name=op.f("uq_inbound_mail_key")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_inbound_mail_member_id"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_inbound_mail_member_id", "inbound_mail", ["member_id"])
    op.create_index("ix_inbound_mail_received_at", "inbound_mail", ["received_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("inbound_mail")
