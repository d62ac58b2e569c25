"""Create, change, order and delete reaction kinds, member titles and smilies."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.ordering import move_one_place
from forum.admin.row_types import Row, RowType
from forum.admin.rules import MAX_ROWS, Administrator, authorize
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.text.messages import Message, one_line, say, visible_length
from forum.site import actions as site


def rows_of(kind: RowType) -> list[Any]:
    """All rows of a kind, in the order in which they are shown."""
    model = kind.model
    order = (model.order, model.id) if kind.is_ordered else (getattr(model, kind.unique),)
    return list(session.scalars(select(model).order_by(*order)))


def find_row(kind: RowType, row_id: int) -> Any:
    """A row of a kind. Raises NotFound."""
    row = session.get(kind.model, row_id)
    if row is None:
        raise NotFound
    return row


def row_values(kind: RowType, row: Row) -> dict[str, object]:
    """What can be changed of a row."""
    return {name: getattr(row, name) for name in kind.columns}


def create_row(actor: Administrator, kind: RowType, given: Mapping[str, object]) -> Row:
    """Create a row, as the last one. Raises Invalid."""
    admin = authorize(actor, kind.right)
    site.lock()
    rows = rows_of(kind)
    if len(rows) >= MAX_ROWS:
        raise Invalid({kind.columns[0]: [say("There can be at most %(num)d of these.", num=MAX_ROWS)]})
    values = _checked(kind, None, given)
    if kind.is_ordered:
        values["order"] = max((row.order for row in rows), default=-1) + 1
    row: Row = kind.model(**values)
    session.add(row)
    site.bump_version()
    change = Change({}, row_values(kind, row))
    record(f"create-{kind.name}", actor=admin, target=_target(kind, row), change=change, name=_label(kind, row))
    return row


def change_row(
    actor: Administrator, kind: RowType, row: Row, given: Mapping[str, object], *, seen: str | None = None
) -> list[str]:
    """Change a row and log each change; returns the names of the columns that changed.

    `seen` is the fingerprint of the row's values when the actor read them. Raises Invalid or ChangedMeanwhile.
    """
    admin = authorize(actor, kind.right)
    site.lock()
    session.refresh(row, with_for_update=True)
    stored = row_values(kind, row)
    values = _checked(kind, row, {**stored, **given})
    require_unchanged(stored, values, seen=seen)
    changed = [name for name in values if values[name] != stored[name]]
    if kind.is_used(row) and set(changed) & set(kind.fixed):
        words = say("This cannot be changed any more, because members use it. Create another one instead.")
        raise Invalid({name: [words] for name in changed if name in kind.fixed})
    for name in changed:
        setattr(row, name, values[name])
        action, target = f"change-{kind.name}", _target(kind, row)
        change = Change({name: stored[name]}, {name: values[name]})
        record(action, actor=admin, target=target, change=change, name=name, was=stored[name], now=values[name])
    if changed:
        site.bump_version()
    return changed


def move_row(actor: Administrator, kind: RowType, row: Row, *, up: bool) -> None:
    """Move a row one place up or down. Raises NotFound if the kind has no order of its own."""
    admin = authorize(actor, kind.right)
    if not kind.is_ordered:
        raise NotFound
    site.lock()
    places = move_one_place(rows_of(kind), row, up=up)
    if places:
        site.bump_version()
        action, change = f"move-{kind.name}", Change({"place": places[0]}, {"place": places[1]})
        record(action, actor=admin, target=_target(kind, row), change=change, was=places[0], now=places[1])


def delete_row(actor: Administrator, kind: RowType, row: Row) -> None:
    """Delete a row. Raises Conflict if members use it."""
    admin = authorize(actor, kind.right)
    site.lock()
    session.refresh(row, with_for_update=True)  # waits for those who are just using it
    if kind.is_used(row):
        raise Conflict(say("This cannot be deleted, because members use it."))
    change = Change(row_values(kind, row), {})
    record(f"delete-{kind.name}", actor=admin, target=_target(kind, row), change=change, name=_label(kind, row))
    session.delete(row)
    site.bump_version()


def _checked(kind: RowType, row: Row | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values normalised as they are stored. Raises Invalid."""
    values: dict[str, Any] = dict.fromkeys(kind.columns, "")
    values |= {name: one_line(value) if isinstance(value, str) else value for name, value in given.items()}
    required = [name for name in kind.columns if name not in kind.optional]
    faults: dict[str, list[Message]] = {
        name: [say("This cannot be empty.")] for name in required if not visible_length(str(values[name]))
    }
    if faults:
        raise Invalid(faults)
    for name in kind.columns:
        most = getattr(getattr(kind.model, name).type, "length", None)
        if most and len(values[name]) > most:
            faults[name] = [say("Use at most %(num)d characters.", num=most)]
    faults |= kind.faults_of(values, row)
    same = select(kind.model).where(getattr(kind.model, kind.unique) == values[kind.unique])
    if any(other is not row for other in session.scalars(same)):
        faults.setdefault(kind.unique, [say("Another one has this already.")])
    if faults:
        raise Invalid(faults)
    return values


def _label(kind: RowType, row: Row) -> str:
    return str(getattr(row, kind.label))


def _target(kind: RowType, row: Row) -> str:
    return f"{kind.name}:{row.id}"
