"""The browser interface: HTML pages, feeds, assets and health checks."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint, Flask

from forum.web import addresses, fragments, list_rows, mail_notice, structured, template_globals
from forum.web.errors import error_response

__all__ = ["error_response", "register"]


def register(app: Flask) -> None:
    """Register the template globals, and the `blueprint` of every module in this package that has one."""
    template_globals.register(app)
    parts = (
        *(list_rows.thread_row, list_rows.board_row, list_rows.latest_lists),
        *(addresses.back, mail_notice.mail_notice),
        *(structured.thread_data, structured.board_data, structured.profile_data),
        *(fragments.header, fragments.footer, fragments.tools, fragments.empty_composer),
        *(fragments.thread_head, fragments.thread_about, fragments.thread_snippets),
    )
    app.jinja_env.globals.update({part.__name__: part for part in parts})
    for found in iter_modules(__path__, f"{__name__}."):
        blueprint = getattr(import_module(found.name), "blueprint", None)
        if isinstance(blueprint, Blueprint):
            app.register_blueprint(blueprint)
