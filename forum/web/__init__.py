"""The browser interface: HTML pages, feeds, assets and health checks."""

from importlib import import_module
from pkgutil import walk_packages

from flask import Blueprint, Flask

from forum.web import addresses, reasons, template_globals
from forum.web.admin.places import admin_places
from forum.web.admin.view_as import viewed_as
from forum.web.bans.applications import application_notice
from forum.web.errors import error_response
from forum.web.fragments import list_rows, page_parts, structured
from forum.web.live.conversations import state_mark
from forum.web.live.lists import new_threads_bar
from forum.web.live.pages import head_mark
from forum.web.members import stopped_mail, terms
from forum.web.notices import showing
from forum.web.site import mail_notice

__all__ = ["error_response", "register"]


def register(app: Flask) -> None:
    """Register the template globals, and the `blueprint` of every module below this package that has one."""
    template_globals.register(app)
    parts = (
        *(list_rows.thread_row, list_rows.board_row, list_rows.latest_lists),
        *(
            addresses.back,
            mail_notice.mail_notice,
            terms.terms_notice,
            application_notice,
            stopped_mail.stopped_mail_notice,
            showing.notices,
            admin_places,
            viewed_as,
        ),
        *(structured.thread_data, structured.board_data, structured.profile_data),
        *(page_parts.header, page_parts.footer, page_parts.tools, page_parts.empty_composer),
        reasons.prepared_for,
        *(page_parts.thread_head, page_parts.thread_about, page_parts.thread_snippets),
        *(head_mark, state_mark, new_threads_bar),
    )
    app.jinja_env.globals.update({part.__name__: part for part in parts})
    for module in walk_packages(__path__, f"{__name__}."):
        blueprint = getattr(import_module(module.name), "blueprint", None)
        if isinstance(blueprint, Blueprint):
            app.register_blueprint(blueprint)
