"""The rerender job: renders notices, posts and messages again, in batches, after the renderer's version has changed."""

from collections.abc import Callable
from typing import cast

from sqlalchemy import select

from forum.infra.database.db import session, start_writing
from forum.markup.render import VERSION
from forum.models import ConversationMessage, Notice, Post
from forum.search.index import actions as search
from forum.site import actions as site
from forum.threads.writing import render

Written = Post | ConversationMessage
SCANNED_POSTS, RENDERED_POSTS = 2000, 50  # per run of the job


def rerenderer() -> Callable[[], None]:
    """A job that goes through all posts and messages once; what is written meanwhile has the current version anyway."""
    last_ids: dict[type[Written], int] = {Post: 0, ConversationMessage: 0}

    def rerender() -> None:
        if not last_ids[Post]:
            _rerender_notices()
        for model, last_id in last_ids.items():
            last_ids[model] = _rerender_batch(model, last_id)

    return rerender


def _rerender_batch(model: type[Written], last_id: int) -> int:
    """Render the next posts or messages that are old; returns the id up to which all are done."""
    following = select(model.id).where(model.id > last_id).order_by(model.id).limit(SCANNED_POSTS)
    scanned = list(session.scalars(following))
    if not scanned:
        return last_id
    old = select(model.id).where(model.id.between(last_id + 1, scanned[-1]), model.markup_version != VERSION)
    if model is ConversationMessage:
        old = old.where(ConversationMessage.event == "")
    stale = list(session.scalars(old.order_by(model.id).limit(RENDERED_POSTS + 1)))
    for row_id in stale[:RENDERED_POSTS]:
        _rerender(model, row_id)
    return scanned[-1] if len(stale) <= RENDERED_POSTS else stale[RENDERED_POSTS - 1]


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


def _rerender(model: type[Written], row_id: int) -> None:
    """Render a post or message again; a concurrent edit wins."""
    source = session.scalar(select(model.source).where(model.id == row_id))
    if source is None:
        return
    html = render(source).html
    start_writing()
    row = cast("Written | None", session.get(model, row_id, with_for_update=True, populate_existing=True))
    if row is not None and row.source == source:
        row.html, row.markup_version = html, VERSION
        session.flush()
        if model is Post:
            search.index_post(row_id)
    session.commit()
