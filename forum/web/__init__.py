"""The browser interface: HTML pages, feeds, assets and health checks."""

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
    fragments,
    health,
    index,
    keys,
    list_rows,
    mail_notice,
    members,
    moderation,
    posts,
    search,
    structured,
    template_globals,
    terms,
    threads,
    titles,
    viewers,
    wellknown,
    whats_new,
)
from forum.web.errors import error_response

__all__ = ["error_response", "register"]

BLUEPRINTS: tuple[ModuleType, ...] = (
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


def register(app: Flask) -> None:
    """Register every blueprint and the template globals."""
    template_globals.register(app)
    parts = (
        *(list_rows.thread_row, list_rows.board_row, list_rows.latest_lists),
        *(addresses.back, mail_notice.mail_notice),
        *(structured.thread_data, structured.board_data, structured.profile_data),
        *(fragments.header, fragments.tools, fragments.empty_composer),
        *(fragments.thread_head, fragments.thread_about),
    )
    app.jinja_env.globals.update({part.__name__: part for part in parts})
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
