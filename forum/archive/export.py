"""Export the whole forum as an archive in an open format."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from forum.archive.errors import BadArchive
from forum.archive.jsonl import write
from forum.archive.records import RECORD_TYPES, RecordType
from forum.audit_log import record
from forum.infra.database.db import on_sqlite, session, transaction
from forum.models import AccountErasure, AccountMerge, SiteSetting, ThreadErasure, ThreadMerge, ThreadSplit
from forum.schemas.archive_fields import Reference
from forum.schemas.archive_site import FORMAT, VERSION, SiteFile

Progress = Callable[[str, int, int], None]  # step, done, total
SITE = "site.json"
BATCH_ROWS = 1000  # rows held in memory


def export(folder: Path, progress: Progress = lambda *_: None) -> int:
    """Write one consistent snapshot of the forum into a new folder; return the number of lines.

    The folder holds e-mail addresses and password hashes: it gets mode 0700, its files 0600.
    Raises BadArchive if the folder is not empty, and while accounts are being merged or erased.
    """
    _make(folder)
    session.rollback()
    if not on_sqlite():  # a SQLite read transaction always sees one snapshot
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    _require_whole_accounts()
    _write_site(folder)
    lines = sum(write(folder / record_type.file, _lines(record_type, progress)) for record_type in RECORD_TYPES)
    session.rollback()
    with transaction():
        record("export-forum", lines=lines)
    return lines


def _make(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadArchive(f"{folder} is not an empty folder: choose a new one.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def _require_whole_accounts() -> None:
    """Refuse half a merge, and half an erasure: in posts rendered elsewhere, its steps would not find the old name.

    Threads that are being merged or split have gaps in their positions.
    """
    merging = select(AccountMerge.member_id).limit(1)
    erasing = select(AccountErasure.member_id).where(AccountErasure.step != "").limit(1)
    if session.scalar(merging) is not None or session.scalar(erasing) is not None:
        session.rollback()
        raise BadArchive("An account is being merged or erased. Wait until that is finished, and export again.")
    for model in (ThreadMerge, ThreadSplit, ThreadErasure):
        if session.scalar(select(model.entry_id).where(model.step != "").limit(1)) is not None:
            session.rollback()
            words = (
                "Threads are being merged, split or deleted for good. Wait until that is finished, and export again."
            )
            raise BadArchive(words)


def _write_site(folder: Path) -> None:
    stored = {row.name: row.value for row in session.scalars(select(SiteSetting))}
    shape = SiteFile()
    known = {name: stored[name] for name in shape.fields if name in stored and name not in {"format", "version"}}
    text = json.dumps({"format": FORMAT, "version": VERSION} | known, ensure_ascii=False, indent=2)
    with os.fdopen(os.open(folder / SITE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")


def _lines(record_type: RecordType, progress: Progress) -> Iterator[dict[str, Any]]:
    shape, total = record_type.shape(), session.scalar(select(func.count()).select_from(record_type.model)) or 0
    done = 0
    rows = session.execute(_rows_of(record_type).execution_options(yield_per=BATCH_ROWS)).mappings()
    for part in rows.partitions():
        yield from (shape.dump(row) for row in part)
        done += len(part)
        progress(record_type.file, done, total)


def _rows_of(record_type: RecordType) -> Select[Any]:
    """All rows of a record type with the fields of its lines (names instead of ids), in the archive's order."""
    joins: list[tuple[Any, ColumnElement[bool]]] = []
    columns = [
        _column(record_type, name, shape, joins).label(name) for name, shape in record_type.shape().dump_fields.items()
    ]
    statement = select(*columns).select_from(record_type.model)
    if place := record_type.place:
        owner_id = record_type.model.__table__.columns[place.column]
        statement = statement.join(place.model, place.model.id == owner_id, isouter=bool(owner_id.nullable))
    for target, condition in joins:
        statement = statement.outerjoin(target, condition)
    if record_type.only is not None:
        statement = statement.where(record_type.only)
    return statement.order_by(*record_type.order())


def _column(
    record_type: RecordType, name: str, shape: object, joins: list[tuple[Any, ColumnElement[bool]]]
) -> ColumnElement[Any]:
    if (place := record_type.place) and name in {place.within, "position"}:
        return place.container_id if name == place.within else place.position
    if name in record_type.computed:
        return record_type.computed[name]
    if not isinstance(shape, Reference):
        column: ColumnElement[Any] = getattr(record_type.model, name).expression
        return column
    key: ColumnElement[Any] = getattr(record_type.model, f"{name}_id").expression
    if shape.key == "id":
        return key
    target: Any = aliased(shape.model)
    joins.append((target, key == target.id))
    named: ColumnElement[Any] = getattr(target, shape.key)
    return named
