"""The pages of the audit log: look through it, see what an entry changed, undo it, download it."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum import permissions
from forum.admin.undo import actions as undoing
from forum.admin.undo.actions import Logged
from forum.admin.undo.batches import BULK_KINDS
from forum.admin.undo.content import texts_of
from forum.admin.undo.kinds import IS_GONE
from forum.admin.undo.searching import log_query, readable_actions
from forum.audit_log import LogQuery, changes_of_session, log_page, newest_entries, record
from forum.auth import identity
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.models import LogEntry, Member, Right
from forum.schemas.admin.log import LogSearchIn
from forum.threads.history import DiffLine, diff
from forum.verdicts import Verdict
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.audit_log_lines import ACTION_LABELS, LogLine, lines_of
from forum.web.forms import (
    Form,
    current_form,
    hidden_field,
    load_form,
    load_values,
    rerenders_on_error,
    translated_faults,
)
from forum.web.log_values import in_words
from forum.web.recent_password import password_redirect, requires_recent_password
from forum.web.settings.changed import label_of

blueprint = Blueprint("log", __name__, url_prefix="/moderation/log")
FILTERS = ("who", "action", "target", "text", "first", "last")
MAX_EXPORTED = 25_000  # entries in a downloaded file
ENTRIES_AT_ONCE = 500
LONG_TEXT = 80  # characters of a value that is shown as a comparison of lines
STATES = (
    (undoing.IS_UNDONE, say("undone")),
    (undoing.OVERTAKEN, say("changed since")),
    (IS_GONE, say("no longer exists")),
)
UNNAMED = ("revision", "item")  # kept to compare, and told as a text or a decision


class ShownChange(NamedTuple):
    """A value before and after in words, or the lines that differ of a long text."""

    name: str
    was: str
    now: str
    lines: list[DiffLine]


@blueprint.get("")
def show_log() -> Response | str:
    """Show the audit log, newest first: all of it to admins, what moderators do to others who may see it."""
    actor = identity.member()
    permissions.require(permissions.may_see_log(actor))
    return password_redirect() or _log_page(actor)


def _log_page(actor: Member) -> str:
    form, query = _search(actor)
    entries, page = log_page(page_number(), query)
    verdicts = undoing.states_of(actor, entries)
    readable = readable_actions(actor) or tuple(ACTION_LABELS)
    labels = sorted(((action, translate(ACTION_LABELS[action])) for action in readable), key=lambda pair: pair[1])
    return render_template(
        "moderation/log.html",
        lines=lines_of(actor, entries),
        verdicts=verdicts,
        states={entry_id: word for entry_id, verdict in verdicts.items() if (word := _state_of(verdict))},
        page=page,
        form=form,
        query={name: value for name, value in form.values.items() if value},
        actions=[("", translate(say("Everything"))), *labels],
        sees_all=bool(permissions.may_administer(actor)),
        shows_addresses=bool(permissions.may_use_right(actor, Right.SEE_ADDRESSES)),
    )


def _state_of(verdict: Verdict) -> str:
    """Why a change is not undone, in a word; empty if it can be, or the reader may not."""
    for refused, word in STATES:
        if verdict is refused:
            return translate(word)
    return ""


def _search(actor: Member) -> tuple[Form, LogQuery]:
    """The form as it was sent, and what it asks for; all entries if it is refused."""
    form = Form({name: request.args[name][:200] for name in FILTERS if name in request.args})
    try:
        return form, log_query(actor, load_values(LogSearchIn, request.args))
    except Invalid as error:
        form.errors = translated_faults(error)
        return form, LogQuery(actions=readable_actions(actor))


@blueprint.get("/<int:entry_id>")
@requires_recent_password
def entry_page(entry_id: int) -> str:
    """Show what an entry changed, what is stored now, and the button that undoes it."""
    actor = identity.member()
    logged = _find(actor, entry_id)
    is_shown = bool(permissions.may_administer(actor)) or logged.entry.actor_id == actor.id
    present, verdict = undoing.state_of(actor, logged)
    return render_template(
        "moderation/log_entry.html",
        line=lines_of(actor, [logged.entry])[0],
        change=logged.change,
        changes=_shown(actor, logged) if is_shown else [],
        is_overtaken=present is not None and logged.change is not None and dict(present) != logged.change.now,
        present=_words(actor, present) if present is not None and is_shown and verdict else "",
        is_of_many=logged.entry.action in BULK_KINDS,
        verdict=verdict,
        is_undone=logged.is_undone,
        shows_addresses=bool(permissions.may_use_right(actor, Right.SEE_ADDRESSES)),
        form=current_form(),
    )


def _find(actor: Member, entry_id: int) -> Logged:
    readable = readable_actions(actor) if permissions.may_see_log(actor) else ()
    return undoing.find_logged(actor, entry_id, actions=readable)


def _shown(actor: Member, logged: Logged) -> list[ShownChange]:
    """The values before and after; those that the entry has in words itself are in its details."""
    if logged.change is None or "access" in logged.change.now:
        return []
    was, now = logged.change.was, logged.change.now
    if logged.entry.action == "edit-post":
        before, after = texts_of(actor, logged.entry, now)
        return [_compared("body", before, after)]
    changed = [name for name in {**was, **now} if name not in UNNAMED and was.get(name) != now.get(name)]
    return [_compared(name, *(in_words(actor, name, values.get(name)) for values in (was, now))) for name in changed]


def _compared(name: str, before: str, after: str) -> ShownChange:
    is_long = max(len(before), len(after)) > LONG_TEXT or "\n" in before + after
    return ShownChange(label_of(name), before, after, diff(before, after) if is_long else [])


def _words(actor: Member, values: Mapping[str, Any]) -> str:
    named = ((name, value) for name, value in values.items() if name not in UNNAMED)
    return "; ".join(in_words(actor, name, value)[:LONG_TEXT] for name, value in named)


@blueprint.post("/<int:entry_id>/undo")
@requires_recent_password
@rerenders_on_error(entry_page)
def undo(entry_id: int) -> Response:
    """Store the values before an entry again."""
    actor = identity.member()
    undoing.undo(actor, _find(actor, entry_id), may_widen=bool(hidden_field("wider")))
    changes = changes_of_session()
    if changes and changes[-1].action in BULK_KINDS:
        return see(f"/moderation/acts/{changes[-1].id}?next=/moderation/log")
    return toasts.with_toast(see(f"/moderation/log/{changes[-1].id if changes else entry_id}"), "undone")


@blueprint.post("/log.csv")
@requires_recent_password
def log_file() -> Response:
    """The newest entries that match as a CSV file; the download is logged."""
    actor = identity.member()
    query = log_query(actor, load_form(LogSearchIn))
    shows_addresses = bool(permissions.may_use_right(actor, Right.SEE_ADDRESSES))
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(["at", "who", "action", "target", "name", "details", *(["address"] if shows_addresses else [])])
    for line in _exported(actor, query):
        rows.writerow(map(_cell, _row(line, shows_addresses=shows_addresses)))
    record("export-log", actor=actor)
    response = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=log.csv"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _exported(actor: Member, query: LogQuery) -> Iterator[LogLine]:
    before: int | None = None
    for _ in range(MAX_EXPORTED // ENTRIES_AT_ONCE):
        entries: list[LogEntry] = newest_entries(query, before=before, most=ENTRIES_AT_ONCE)
        yield from lines_of(actor, entries)
        if len(entries) < ENTRIES_AT_ONCE:
            return
        before = entries[-1].id


def _row(line: LogLine, *, shows_addresses: bool) -> list[str]:
    entry = line.entry
    details = json.dumps({name: str(value) for name, value in line.details}, ensure_ascii=False)
    row = [entry.at.isoformat(timespec="seconds"), entry.actor.username if entry.actor else "", entry.action]
    return [*row, entry.target, line.name, details, *([line.address] if shows_addresses else [])]


def _cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
