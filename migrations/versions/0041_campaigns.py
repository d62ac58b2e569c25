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
    _create_services()
    op.add_column("review_item", sa.Column("spam_score", sa.Double, nullable=True))


def _create_services() -> None:
    op.create_table(
        "outside_service",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("holds", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("secret", sa.String(200), nullable=False, server_default=""),
        sa.Column("site_key", sa.String(200), nullable=False, server_default=""),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(200), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_outside_service")),
    )
    op.create_table(
        "outside_check",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("service", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("post_id", sa.Integer, nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("result", sa.String(200), nullable=False, server_default=""),
        sa.Column("fields", sa.JSON, nullable=False),
        _reference("outside_check", "member_id", "member.id", "CASCADE"),
        _reference("outside_check", "post_id", "post.id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_check")),
    )
    op.create_index("ix_outside_check_member", "outside_check", ["member_id", "service", "kind"])
    for name, columns, unique, only in (
        ("ix_outside_check_post", ["post_id", "service", "kind"], True, "post_id IS NOT NULL"),
        ("ix_outside_check_due", ["due_at"], False, "done_at IS NULL"),
    ):
        where = {"sqlite_where": sa.text(only), "postgresql_where": sa.text(only)}
        op.create_index(name, "outside_check", columns, unique=unique, **where)


def _reference(table: str, column: str, target: str, rule: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=rule)


def downgrade() -> None:
    """Drop them; cases of campaigns go, and their posts wait each for itself."""
    op.execute("DELETE FROM review_item WHERE kind = 'campaign'")
    op.drop_column("review_item", "spam_score")
    for table in ("outside_check", "outside_service", "known_domain", "fingerprint_mark", "post_fingerprint"):
        op.drop_table(table)
