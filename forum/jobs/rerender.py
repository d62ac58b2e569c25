"""What the clock does when the renderer gives other HTML than before: stored posts are baked again, a few at a time."""

from collections.abc import Callable

from sqlalchemy import select

from forum.infra.db import session, start_writing
from forum.markup.render import VERSION
from forum.models import Post
from forum.search.index import actions as search
from forum.threads.writing import render

RERENDER_SECONDS = 2  # seconds
LOOKED_AT, BATCH = 2000, 50


def rerenderer() -> Callable[[], None]:
    """A job that goes through all posts once; what is written meanwhile is of the newest version anyway."""
    place = 0

    def bake() -> None:
        nonlocal place
        looked_at = list(session.scalars(select(Post.id).where(Post.id > place).order_by(Post.id).limit(LOOKED_AT)))
        if not looked_at:
            return
        old = select(Post.id).where(Post.id.between(place + 1, looked_at[-1]), Post.markup_version != VERSION)
        stale = list(session.scalars(old.order_by(Post.id).limit(BATCH + 1)))
        for post_id in stale[:BATCH]:
            _bake(post_id)
        place = looked_at[-1] if len(stale) <= BATCH else stale[BATCH - 1]

    return bake


def _bake(post_id: int) -> None:
    """Render a post anew; an edit that comes between wins."""
    source = session.scalar(select(Post.source).where(Post.id == post_id))
    if source is None:
        return
    html = render(source).html
    start_writing()
    post = session.get(Post, post_id, with_for_update=True, populate_existing=True)
    if post is not None and post.source == source:
        post.html, post.markup_version = html, VERSION
        session.flush()
        search.index_post(post_id)
    session.commit()
