"""Resolve the names in an archive's lines to row ids, a batch at a time."""

from typing import Any

from sqlalchemy import Integer, and_, column, select, values

from forum.archive.jsonl import Line
from forum.archive.records import RECORD_TYPES, RecordType
from forum.infra.database.db import session
from forum.members.rules import username_key
from forum.models import Member, Post
from forum.schemas.archive_fields import Reference

FILES = {record_type.model: record_type.file for record_type in RECORD_TYPES}
MAX_CACHED_NAMES = 200_000  # names cached at once, which bounds memory
_NO_POST = (None, None)


class NameResolver:
    """Cache of resolved names; others are looked up in the database."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, object], int] = {}

    def resolve(self, record_type: RecordType, lines: list[Line]) -> None:
        """Replace every name field in the lines by `<field>_id`. Raises BadArchive for an unknown name."""
        if record_type.is_of_post:
            self._find_posts(lines)
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

    def _find_posts(self, lines: list[Line]) -> None:
        positions = {(line.data["thread"], line.data["position"]) for line in lines} - {_NO_POST}
        # a join, because SQLite scans the whole table for a row-value IN list
        asked = values(column("thread", Integer), column("place", Integer), name="asked").data([*positions]).cte()
        is_asked = and_(Post.thread_id == asked.c.thread, Post.position == asked.c.place)
        found = select(Post.thread_id, Post.position, Post.id).join(asked, is_asked)
        rows = session.execute(found).all() if positions else []
        post_ids = {_NO_POST: None} | {(row[0], row[1]): row[2] for row in rows}
        for line in lines:
            thread, position = line.data.pop("thread"), line.data.pop("position")
            if (thread, position) not in post_ids:
                raise line.fault(f"thread: there is no post {position} of thread {thread} in posts.jsonl.")
            line.data["post_id"] = post_ids[thread, position]
