"""The rerender job: renders notices and stored posts again, in batches, after the renderer's version has changed."""

from collections.abc import Callable

from sqlalchemy import select

from forum.infra.database.db import session, start_writing
from forum.markup.render import VERSION
from forum.models import Notice, Post
from forum.search.index import actions as search
from forum.site import actions as site
from forum.threads.writing import render

SCANNED_POSTS, RENDERED_POSTS = 2000, 50  # per run of the job


def rerenderer() -> Callable[[], None]:
    """A job that goes through all posts once; posts written meanwhile have the current version anyway."""
    last_id = 0

    def rerender() -> None:
        nonlocal last_id
        if not last_id:
            _rerender_notices()
        scanned = list(session.scalars(select(Post.id).where(Post.id > last_id).order_by(Post.id).limit(SCANNED_POSTS)))
        if not scanned:
            return
        old = select(Post.id).where(Post.id.between(last_id + 1, scanned[-1]), Post.markup_version != VERSION)
        stale = list(session.scalars(old.order_by(Post.id).limit(RENDERED_POSTS + 1)))
        for post_id in stale[:RENDERED_POSTS]:
            _rerender(post_id)
        last_id = scanned[-1] if len(stale) <= RENDERED_POSTS else stale[RENDERED_POSTS - 1]

    return rerender


def _rerender_notices() -> None:
    """Render all notices again that an older renderer has rendered; there are few."""
    stale = select(Notice.id).where(Notice.markup_version != VERSION)
    if session.scalars(stale).first() is None:
        return
    start_writing()
    site.lock()
    for notice in session.scalars(select(Notice).where(Notice.markup_version != VERSION)):
        notice.html, notice.markup_version = render(notice.body).html, VERSION
    site.bump_version()
    session.commit()


def _rerender(post_id: int) -> None:
    """Render a post again; a concurrent edit wins."""
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
