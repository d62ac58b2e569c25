"""Fingerprints of what new members write, the scores of what waits, and services that are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
IN_CAMPAIGN = sa.text("campaign_id IS NOT NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "post_fingerprint",
        sa.Column("post_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pairs", sa.LargeBinary, nullable=False),
        sa.Column("campaign_id", sa.Integer, nullable=True),
        _reference("post_fingerprint", "post_id", "post.id", "CASCADE"),
        _reference("post_fingerprint", "member_id", "member.id", "CASCADE"),
        _reference("post_fingerprint", "campaign_id", "review_item.id", "SET NULL"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_fingerprint")),
    )
    op.create_index("ix_post_fingerprint_created_at", "post_fingerprint", ["created_at"])
    op.create_index("ix_post_fingerprint_member_id", "post_fingerprint", ["member_id"])
    op.create_index(
        "ix_post_fingerprint_campaign",
        "post_fingerprint",
        ["campaign_id", "post_id"],
        sqlite_where=IN_CAMPAIGN,
        postgresql_where=IN_CAMPAIGN,
    )
    op.create_table(
        "fingerprint_mark",
        sa.Column("mark", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("post_id", sa.Integer, nullable=False, autoincrement=False),
        _reference("fingerprint_mark", "post_id", "post_fingerprint.post_id", "CASCADE"),
        sa.PrimaryKeyConstraint("mark", "post_id", name=op.f("pk_fingerprint_mark")),
    )
    op.create_index("ix_fingerprint_mark_post_id", "fingerprint_mark", ["post_id"])
    op.create_table(
        "known_domain",
        sa.Column("domain", sa.String(100), nullable=False),
        sa.Column("post_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_known_domain")),
    )
    op.create_index("ix_known_domain_post_id", "known_domain", ["post_id"])
    op.add_column("review_item", sa.Column("spam_score", sa.Double, nullable=True))


def _reference(table: str, column: str, target: str, rule: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=rule)


def downgrade() -> None:
    """Drop them; cases of campaigns go, and their posts wait each for itself."""
    op.execute("DELETE FROM review_item WHERE kind = 'campaign'")
    op.drop_column("review_item", "spam_score")
    for table in ("known_domain", "fingerprint_mark", "post_fingerprint"):
        op.drop_table(table)
