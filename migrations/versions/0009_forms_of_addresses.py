"""E-mail addresses are one whichever form their domain has: the keys of imported ones get the form of DNS."""

import unicodedata
from contextlib import suppress

import idna
import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
LONGEST = 254
_member = sa.table(
    "member", sa.column("id", sa.Integer), sa.column("email", sa.String), sa.column("email_key", sa.String)
)


def upgrade() -> None:
    """Only addresses beyond ASCII, which come from archives; one whose other form somebody has stays as it is."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(_member).where(_member.c.email.is_not(None)).order_by(_member.c.id))
    keys = {row.id: (row.email_key, _key(row.email)) for row in rows if not row.email.isascii()}
    for number, (before, now) in keys.items():
        is_theirs = sa.select(_member.c.id).where(_member.c.email_key == now, _member.c.id != number)
        if now != before and connection.scalar(is_theirs) is None:
            connection.execute(_member.update().where(_member.c.id == number).values(email_key=now))


def downgrade() -> None:
    """Find them by the form in which they are stored, as before."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(_member).where(_member.c.email.is_not(None)).order_by(_member.c.id))
    for row in [row for row in rows if not row.email.isascii()]:
        before = unicodedata.normalize("NFKC", row.email).casefold()
        is_theirs = sa.select(_member.c.id).where(_member.c.email_key == before, _member.c.id != row.id)
        if connection.scalar(is_theirs) is None:
            connection.execute(_member.update().where(_member.c.id == row.id).values(email_key=before))


def _key(email: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", email).rpartition("@")
    with suppress(idna.IDNAError):
        domain = idna.encode(domain, uts46=True).decode("ascii") if len(domain) < LONGEST else domain
    key = unicodedata.normalize("NFC", f"{local.casefold()}{at}{domain.lower()}")
    return key if len(key) <= LONGEST else unicodedata.normalize("NFKC", email).casefold()[:LONGEST]
