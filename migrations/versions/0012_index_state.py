"""What the full-text index remembers about itself gets a table of its own instead of marked rows among its words."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
MOVED = ("rule", "language", "rebuilt", "replies", "similar", "similar begun", "similar place")
LETTERS = "big"  # a language such as "de" was stored as the number that its letters make


def upgrade() -> None:
    """Move the values."""
    op.create_table(
        "index_state",
        sa.Column("name", sa.String(30), primary_key=True),
        sa.Column("value", sa.String(30), nullable=False),
    )
    connection = op.get_bind()
    found = sa.text("SELECT documents FROM word_index WHERE word = :word")
    for name in MOVED:
        number = connection.execute(found, {"word": f"*{name}"}).scalar()
        if number is not None:
            value = number.to_bytes(4, LETTERS).lstrip(b"\0").decode() if name == "language" else str(number)
            _execute("INSERT INTO index_state (name, value) VALUES (:name, :value)", name=name, value=value)
            _execute("DELETE FROM word_index WHERE word = :word", word=f"*{name}")


def downgrade() -> None:
    """Move them back."""
    for name, value in op.get_bind().execute(sa.text("SELECT name, value FROM index_state")).all():
        number = int.from_bytes(value.encode(), LETTERS) if name == "language" else int(value)
        _execute("INSERT INTO word_index (word, documents) VALUES (:word, :number)", word=f"*{name}", number=number)
    op.drop_table("index_state")


def _execute(statement: str, **values: object) -> None:
    op.get_bind().execute(sa.text(statement), values)
