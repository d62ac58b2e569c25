"""Reports by members, and notes of moderators on them."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
MOMENT = sa.DateTime(timezone=True)
DECIDED = {"ix_review_item_decided": ["decided_at", "id"], "ix_review_item_first_decided": ["first_decided_at"]}


def upgrade() -> None:
    """Create the tables, and add what a case of reports has."""
    op.create_table(
        "report",
        sa.Column("id", sa.Integer, nullable=False),
        *_of_case("report"),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("words", sa.String(1000), nullable=False, server_default=""),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("seen_text", sa.String(2000), nullable=False, server_default=""),
        sa.UniqueConstraint("item_id", "member_id", name="uq_report_item_member"),
    )
    op.create_table(
        "review_note",
        sa.Column("id", sa.Integer, nullable=False),
        *_of_case("review_note"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
    )
    op.create_index("ix_report_member_id", "report", ["member_id"])
    op.create_index("ix_review_note_item_id", "review_note", ["item_id"])
    op.create_index("ix_review_note_member_id", "review_note", ["member_id"])
    op.add_column("review_item", sa.Column("first_decided_at", MOMENT))
    op.add_column("review_item", sa.Column("reminded_at", MOMENT))
    op.add_column("review_item", sa.Column("answer", sa.String(1000), nullable=False, server_default=""))
    op.add_column("review_item", sa.Column("has_hidden", sa.Boolean, nullable=False, server_default=sa.false()))
    for name, columns in DECIDED.items():
        only = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(name, "review_item", columns, sqlite_where=only, postgresql_where=only)


def _of_case(table: str) -> list[sa.schema.SchemaItem]:
    """The columns of a row that a member wrote about a case."""
    references = {"item_id": "review_item", "member_id": "member"}
    return [
        *(sa.Column(column, sa.Integer, nullable=False) for column in references),
        *(
            sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"), ondelete="CASCADE")
            for column, of in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    """Drop them; posts that reports hid stay held."""
    for name in DECIDED:
        op.drop_index(name, "review_item")
    for name in ("has_hidden", "answer", "reminded_at", "first_decided_at"):
        op.drop_column("review_item", name)
    op.drop_table("review_note")
    op.drop_table("report")
