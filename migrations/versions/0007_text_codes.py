"""Smilies have other codes beside their names, such as :) for :smile:."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
# what the smilies of the first forms are also typed as; others have no such codes until an operator gives them some
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
    """Add the codes and give the usual ones to the smilies that are there."""
    op.add_column("smilie", sa.Column("text_codes", sa.String(length=100), server_default="", nullable=False))
    smilie = sa.table("smilie", sa.column("code", sa.String), sa.column("text_codes", sa.String))
    for code, others in CODES.items():
        op.execute(smilie.update().where(smilie.c.code == code).values(text_codes=others))


def downgrade() -> None:
    """Know smilies by their names alone."""
    op.drop_column("smilie", "text_codes")
