"""The door for browsers."""

from types import ModuleType

from flask import Flask

from forum.web import (
    account,
    addresses,
    alerts,
    assets,
    auth,
    avatars,
    bans,
    boards,
    composer,
    contact,
    feeds,
    frame,
    health,
    index,
    kept,
    keys,
    mail_notice,
    members,
    moderation,
    posts,
    rows,
    search,
    structured,
    terms,
    threads,
    titles,
    viewers,
    wellknown,
    whats_new,
    words,
)
from forum.web.errors import answer

__all__ = ["answer", "open_door"]

NOUNS: tuple[ModuleType, ...] = (
    account,
    alerts,
    assets,
    auth,
    avatars,
    bans,
    boards,
    composer,
    contact,
    feeds,
    health,
    index,
    keys,
    members,
    moderation,
    posts,
    search,
    terms,
    threads,
    titles,
    viewers,
    wellknown,
    whats_new,
)


def open_door(app: Flask) -> None:
    """Register every page."""
    words.teach(app)
    parts = (
        *(rows.thread_row, rows.board_row, rows.latest_lists, kept.fixed),
        *(addresses.back, mail_notice.mail_notice),
        *(structured.thread_data, structured.board_data, structured.profile_data),
        *(frame.header, frame.thread_head, frame.thread_about, frame.empty_composer),
    )
    app.jinja_env.globals.update({part.__name__: part for part in parts})
    for noun in NOUNS:
        app.register_blueprint(noun.blueprint)
