"""E-mail keys ignore the form of the domain: the keys of imported addresses get the ASCII (IDNA) form."""

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
    """Convert the keys of non-ASCII addresses, which come from archives, unless the new key is taken."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(_member).where(_member.c.email.is_not(None)).order_by(_member.c.id))
    keys = {row.id: (row.email_key, _key(row.email)) for row in rows if not row.email.isascii()}
    for number, (before, now) in keys.items():
        is_theirs = sa.select(_member.c.id).where(_member.c.email_key == now, _member.c.id != number)
        if now != before and connection.scalar(is_theirs) is None:
            connection.execute(_member.update().where(_member.c.id == number).values(email_key=now))


def downgrade() -> None:
    """Restore the keys in the stored form of the address."""
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
