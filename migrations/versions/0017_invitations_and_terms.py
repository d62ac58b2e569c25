"""Invitations to register, and which version of the terms of use members have accepted."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("inviter_id", sa.Integer, nullable=True),
        sa.Column("email", sa.String(254), nullable=False, server_default=""),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("used_by_id", sa.Integer, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], ["member.id"], name=op.f(f"fk_invitation_{column}"), ondelete="SET NULL")
            for column in ("inviter_id", "used_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("nonce", name=op.f("uq_invitation_nonce")),
        sa.UniqueConstraint("used_by_id", name=op.f("uq_invitation_used_by_id")),
    )
    op.create_index("ix_invitation_inviter_id", "invitation", ["inviter_id"])
    op.add_column("member", sa.Column("accepted_terms_version", sa.Integer, nullable=False, server_default="0"))
    op.add_column("member", sa.Column("accepted_terms_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("member", "accepted_terms_at")
    op.drop_column("member", "accepted_terms_version")
    op.drop_table("invitation")
