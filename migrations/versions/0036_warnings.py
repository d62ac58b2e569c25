"""Warnings, prepared reasons, and notes of moderators on members."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
WARNING_KINDS = (  # title, points, days, text
    ("Off topic", 1, 30, "Please keep to the subject of the thread, or start a new one."),
    ("Rude or insulting", 2, 90, "Discuss what was said, not the person who said it."),
    ("Advertising", 3, 180, "This is not a place to advertise."),
    ("Serious abuse", 5, 365, "We do not accept this here."),
)
THRESHOLDS = ((3, "hold", 7), (5, "mute", 7), (10, "ban", 30))  # points, act, days
REASONS = (  # title, text, rule, acts
    ("Off topic", "It does not belong to the subject of the thread.", "Keep to the subject", "delete reject warn"),
    ("Insult", "It attacks a person instead of what was said.", "Be respectful", "delete reject warn mute"),
    ("Advertising", "It advertises something.", "No advertising", "delete reject warn ban"),
    ("Double post", "It was posted before. Please go on where it was.", "", "delete reject"),
    ("Private data", "It contains private information about somebody.", "Respect privacy", "delete reject warn"),
    ("Went on after warnings", "You went on after we had warned you.", "", "mute ban"),
    ("Report was right", "Thank you. We have taken care of it.", "", "answer"),
    ("Report was not right", "Thank you for telling us. What you reported is within our rules.", "", "answer"),
)
ACTS = ("delete", "reject", "warn", "mute", "ban", "answer")


def upgrade() -> None:
    """Create the tables; a forum that has members gets the rows with which new ones begin."""
    op.add_column("sanction", sa.Column("for_points", sa.Integer, nullable=True))
    op.add_column("bulk_act", sa.Column("rule", sa.String(100), nullable=False, server_default=""))
    kind = op.create_table(
        "warning_kind",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("days", sa.Integer, nullable=True),
        sa.Column("text", sa.String(500), nullable=False, server_default=""),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("order", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_kind")),
        sa.UniqueConstraint("title", name=op.f("uq_warning_kind_title")),
    )
    threshold = op.create_table(
        "warning_threshold",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("days", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_threshold")),
        sa.UniqueConstraint("points", name=op.f("uq_warning_threshold_points")),
    )
    reason = op.create_table(
        "prepared_reason",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("rule", sa.String(100), nullable=False, server_default=""),
        *(sa.Column(f"for_{act}", sa.Boolean, nullable=False, server_default=sa.false()) for act in ACTS),
        sa.Column("order", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prepared_reason")),
        sa.UniqueConstraint("title", name=op.f("uq_prepared_reason_title")),
    )
    _create_warnings()
    _create_notes()
    if op.get_bind().execute(sa.text("SELECT 1 FROM member LIMIT 1")).first():
        kinds = ({"title": row[0], "points": row[1], "days": row[2], "text": row[3]} for row in WARNING_KINDS)
        op.bulk_insert(kind, [row | {"order": order} for order, row in enumerate(kinds)])
        op.bulk_insert(threshold, [{"points": row[0], "act": row[1], "days": row[2]} for row in THRESHOLDS])
        op.bulk_insert(reason, [_reason(order, *row) for order, row in enumerate(REASONS)])


def _reason(order: int, title: str, text: str, rule: str, acts: str) -> dict[str, object]:
    ticked = {f"for_{act}": act in acts.split() for act in ACTS}
    return {"title": title, "text": text, "rule": rule, "order": order} | ticked


def _create_warnings() -> None:
    columns = ("by_id", "about_post_id", "decision_id", "withdrawn_by_id")
    tables = ("member", "post", "decision", "member")
    op.create_table(
        "member_warning",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("text", sa.String(500), nullable=False, server_default=""),
        sa.Column("reason", sa.String(200), nullable=False, server_default=""),
        sa.Column("rule", sa.String(100), nullable=False, server_default=""),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer, nullable=True),
        sa.Column("about_post_id", sa.Integer, nullable=True),
        sa.Column("decision_id", sa.Integer, nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer, nullable=True),
        sa.Column("withdraw_reason", sa.String(200), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_warning_member_id"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_member_warning_{column}"), ondelete="SET NULL"
            )
            for column, table in zip(columns, tables, strict=True)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_warning")),
    )
    op.create_index("ix_member_warning_member_latest", "member_warning", ["member_id", "id"])
    for column in columns:
        op.create_index(f"ix_member_warning_{column}", "member_warning", [column])


def _create_notes() -> None:
    op.create_table(
        "staff_note",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("author_id", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_staff_note_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_staff_note_author_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_note")),
    )
    op.create_index("ix_staff_note_member_latest", "staff_note", ["member_id", "id"])
    op.create_index("ix_staff_note_author_id", "staff_note", ["author_id"])


def downgrade() -> None:
    """Drop the tables; sanctions that warnings imposed stay, except that posts wait, which no earlier version knows."""
    for table in ("staff_note", "member_warning", "prepared_reason", "warning_threshold", "warning_kind"):
        op.drop_table(table)
    op.execute("DELETE FROM sanction WHERE kind = 'hold'")
    op.execute("DELETE FROM decision WHERE kind = 'hold'")
    op.drop_column("bulk_act", "rule")
    op.drop_column("sanction", "for_points")
