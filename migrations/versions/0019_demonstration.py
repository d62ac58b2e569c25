"""Forums that were filled with the demonstration get the setting that names what belongs to it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
SITE_NAME = "Pakistan Defence"
BOARDS = ("Pakistan Defence", "Pakistan Affairs", "Military Forum", "Country")
MEMBERS = (
    "qwerrty",
    "CAPRICORN-88",
    "Daniel808",
    "beijingwalker",
    "vostok",
    "onebyone",
    "Riz",
    "Brainsucker",
    "Tai Hai Chen",
)
TITLE = "Russia, China agree to build lunar station together"
# only the demonstration has this thread by this member, whose messages it does not contain
_FOUND = sa.text(
    "SELECT count(*) FROM thread JOIN member ON member.id = thread.starter_id WHERE thread.title = :title "
    "AND member.username = :starter AND member.password_hash IS NULL AND member.base_message_count = 3073"
)
_SETTING = sa.table("site_setting", sa.column("name", sa.String), sa.column("value", sa.JSON))


def upgrade() -> None:
    """Add the setting."""
    connection = op.get_bind()
    if connection.execute(_FOUND, {"title": TITLE, "starter": MEMBERS[0]}).scalar():
        value = {"name": SITE_NAME, "members": list(MEMBERS), "boards": list(BOARDS)}
        connection.execute(_SETTING.insert().values(name="demonstration", value=value))


def downgrade() -> None:
    """Remove the settings; what is emptied stays so."""
    names = ("demonstration", "emptying_demonstration")
    op.get_bind().execute(_SETTING.delete().where(_SETTING.c.name.in_(names)))
