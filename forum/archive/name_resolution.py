"""Resolve the names in an archive's lines to row ids, a batch at a time."""

from typing import Any

from sqlalchemy import Integer, and_, column, select, values

from forum.archive.jsonl import Line
from forum.archive.records import RECORD_TYPES, RecordType
from forum.infra.database.db import session
from forum.members.rules import username_key
from forum.models import Member
from forum.schemas.archive_fields import Place, Reference

FILES = {record_type.model: record_type.file for record_type in RECORD_TYPES}
MAX_CACHED_NAMES = 200_000  # names cached at once, which bounds memory
_NOWHERE = (None, None)


class NameResolver:
    """Cache of resolved names; others are looked up in the database."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, object], int] = {}

    def resolve(self, record_type: RecordType, lines: list[Line]) -> None:
        """Replace every name field in the lines by `<field>_id`. Raises BadArchive for an unknown name."""
        if place := record_type.place:
            _find_places(place, lines)
        for field, reference in record_type.references().items():
            self._look_up(reference, {line.data[field] for line in lines})
            for line in lines:
                line.data[f"{field}_id"] = self._number(line, field, reference, line.data.pop(field))

    def _look_up(self, reference: Reference, names: set[object]) -> None:
        table = reference.model.__tablename__
        wanted = {value for value in names if value is not None and (table, value) not in self._known}
        if not wanted:
            return
        if len(self._known) > MAX_CACHED_NAMES:
            self._known.clear()
            wanted = names - {None}
        model: Any = reference.model
        named = getattr(model, reference.key)
        is_wanted = (
            Member.username_key.in_({username_key(str(name)) for name in wanted})
            if model is Member
            else named.in_(wanted)
        )
        self._known |= {(table, row[0]): row[1] for row in session.execute(select(named, model.id).where(is_wanted))}

    def _number(self, line: Line, field: str, reference: Reference, value: object) -> int | None:
        if value is None:
            return None
        table = reference.model.__tablename__
        number = self._known.get((table, value))
        if number is None:
            shown = value if reference.key == "id" else f"“{value}”"
            file = FILES[reference.model]
            kind = file.removesuffix("s.jsonl").replace("_", " ")
            raise line.fault(f"{field}: there is no {kind} {shown} in {file}.")
        return number


def _find_places(place: Place, lines: list[Line]) -> None:
    """Replace places of posts or messages by their ids. Raises BadArchive for one that there is not."""
    positions = {(line.data[place.within], line.data["position"]) for line in lines} - {_NOWHERE}
    # a join, because SQLite scans the whole table for a row-value IN list
    asked = values(column("within", Integer), column("place", Integer), name="asked").data([*positions]).cte()
    is_asked = and_(place.container_id == asked.c.within, place.position == asked.c.place)
    found = select(place.container_id, place.position, place.model.id).join(asked, is_asked)
    rows = session.execute(found).all() if positions else []
    ids = {_NOWHERE: None} | {(row[0], row[1]): row[2] for row in rows}
    what = place.column.removesuffix("_id")
    for line in lines:
        within, position = line.data.pop(place.within), line.data.pop("position")
        if (within, position) not in ids:
            raise line.fault(
                f"{place.within}: there is no {what} {position} of {place.within} {within} in {place.file}."
            )
        line.data[place.column] = ids[within, position]
