"""Which smilies exist is read from their rows: at once for new posts, after re-rendering for stored ones."""

from flask import Flask
from sqlalchemy import select, update

from forum.infra.database.db import session, transaction
from forum.jobs import rerender
from forum.markup.render import VERSION
from forum.models import Post, Smilie
from forum.site.actions import bump_version
from tests.factories import a_post, a_thread


def test_a_row_defines_the_codes_of_its_smilie(app_in_context: Flask) -> None:
    session.add_all(
        [
            Smilie(code=":smile:", text_codes=":) :-)", name="Smile", symbol="🙂"),
            Smilie(code=";)", name="Wink", symbol="😉"),
            Smilie(code=":other:", text_codes=":) (:", name="Other", symbol="🫥", order=1),
        ]
    )
    bump_version()
    html = a_post(body=":smile: :-) :) ;) (: :D").html
    assert [sign for sign in html if sign in "🙂😉🫥"] == list("🙂🙂🙂😉🫥")
    assert ":D" in html


def test_a_changed_row_affects_new_posts_at_once_and_stored_ones_when_rerendered(app: Flask) -> None:
    with app.app_context():
        with transaction():
            thread = a_thread(body="Before :)")
            session.add(Smilie(code=":smile:", text_codes=":)", name="Smile", symbol="🙂"))
            bump_version()
            assert "🙂" in a_post(thread=thread, body="After :)").html
        assert "🙂" not in _first()
        with transaction():
            session.execute(update(Post).values(markup_version=VERSION - 1))
        rerender.rerenderer()()
        assert "🙂" in _first()


def _first() -> str:
    session.rollback()
    return str(session.scalar(select(Post.html).where(Post.position == 1)))
