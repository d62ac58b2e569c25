"""Smilies have text codes besides their names, such as :) for :smile:."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
# text codes of the smilies in the original seed; others have none until an operator adds them
CODES = {
    ":smile:": ":) :-)",
    ":grin:": ":D :-D",
    ":laugh:": "xD XD",
    ":wink:": ";) ;-)",
    ":cool:": "B-)",
    ":tongue:": ":P :-P :p :-p",
    ":neutral:": ":| :-|",
    ":confused:": ":/ :-/",
    ":surprised:": ":o :-o :O :-O",
    ":sad:": ":( :-(",
    ":cry:": ":'(",
    ":angry:": ">:(",
}


def upgrade() -> None:
    """Add the column and set the usual codes of existing smilies."""
    op.add_column("smilie", sa.Column("text_codes", sa.String(length=100), server_default="", nullable=False))
    smilie = sa.table("smilie", sa.column("code", sa.String), sa.column("text_codes", sa.String))
    for code, others in CODES.items():
        op.execute(smilie.update().where(smilie.c.code == code).values(text_codes=others))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("smilie", "text_codes")
