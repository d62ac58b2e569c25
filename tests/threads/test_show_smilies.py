"""Which smilies there are is what their rows say: for new posts at once, for stored ones when rendered again."""

from flask import Flask
from sqlalchemy import select, update

from forum.infra.db import session, transaction
from forum.jobs import rerender
from forum.markup.render import VERSION
from forum.models import Post, Smilie
from forum.site.actions import bump_version
from tests.factories import a_post, a_thread


def test_a_row_says_by_which_codes_its_smilie_is_typed(house: Flask) -> None:
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


def test_a_changed_row_acts_on_new_posts_at_once_and_on_stored_ones_with_the_renderer(app: Flask) -> None:
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
