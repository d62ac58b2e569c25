"""Who is there, said in a page that was kept: whoever is new to it is counted before it is shown."""

import time

from flask import Flask, render_template

from forum.front.callers import Environ
from forum.front.pages import Page
from forum.presence import actions, views
from forum.presence.callers import Caller
from forum.presence.memory import Budget
from forum.presence.queries import Viewers, viewers


def greet(app: Flask, page: Page, caller: Caller, environ: Environ, *, change: float, budget: Budget) -> None:
    """Count a visitor who is new, and put into the page who is there if that may have changed.

    `change` is the number of the crowd's last change as it was known before; `budget` bounds how often it is looked at.
    """
    shared = page.shared
    if not shared.place:
        return
    is_new = not actions.is_noted(shared.place, caller, board=shared.board_id) or (
        shared.thread_id > 0 and not views.is_counted(shared.thread_id, caller)
    )
    if not is_new and (change == page.crowd_change or not budget.take(time.monotonic())):
        return
    with app.request_context(environ):
        seen = _count(page, caller) if is_new else viewers(shared.place, caller)
        page.say_who_is_there(render_template(shared.template, **{shared.variable: seen}), change)


def _count(page: Page, caller: Caller) -> Viewers:
    shared = page.shared
    if shared.thread_id:
        views.count_view(shared.thread_id, caller)
    return actions.visit(shared.place, caller, board=shared.board_id)
