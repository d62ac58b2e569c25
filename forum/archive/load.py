"""Load an archive into an empty forum, all or nothing, reporting the line at fault."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import delete, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from forum.archive import check, requirements
from forum.archive.errors import BadArchive
from forum.archive.export import SITE, Progress
from forum.archive.jsonl import Line, batches, count, parse_line, read
from forum.archive.name_resolution import NameResolver
from forum.archive.records import BOARDS, MEMBERS, POSTS, RECORD_TYPES, RecordType
from forum.archive.role_lists import store_role_lists
from forum.archive.sequences import analyze, move_sequences
from forum.infra.database.db import ARCHIVE_LOCK, on_sqlite, session, transaction
from forum.infra.password import is_readable
from forum.markup.render import VERSION as MARKUP_VERSION
from forum.members.reserved_names import is_reserved
from forum.members.rules import email_key, faults_of_name, username_key
from forum.members.signup import applications
from forum.models import (
    Board,
    BuiltInGroup,
    Group,
    Member,
    Role,
    Sanction,
    SanctionKind,
    SiteSetting,
    Visibility,
)
from forum.models.notifications.notification import split_subject
from forum.notifications.kinds import group_key, subject_of_post
from forum.schemas.archive_fields import UNAPPROVED
from forum.schemas.archive_site import SiteFile
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.site import actions as site
from forum.site.appearance import faults_of_banner
from forum.site.queries import invalidate, snapshot
from forum.threads.approval import edits, holding
from forum.threads.writing import render

log = logging.getLogger("forum.archive")

BATCH_LINES = 500  # lines held in memory


def load(folder: Path, progress: Progress = lambda *_: None) -> int:
    """Fill an empty forum from an archive in one transaction; return the number of lines.

    Raises BadArchive with file and line. Lines are read and stored in batches, so memory use is bounded.
    """
    if not (folder / SITE).is_file():
        raise BadArchive(f"{folder} is not an archive: it contains no {SITE}.")
    try:
        with transaction():
            _take_lock()
            _require_empty()
            _load_site(folder)
            lines = sum(_Loader(record_type, folder, progress).load() for record_type in RECORD_TYPES)
            _derive(progress)
            _warn_about_unreadable_hashes()
    except BaseException:
        invalidate()  # the site snapshot read in this transaction was rolled back
        raise
    return lines


def _warn_about_unreadable_hashes() -> None:
    """Log how many members have a password hash in an unsupported format."""
    hashes = session.scalars(select(Member.password_hash).where(Member.password_hash.is_not(None)))
    unreadable = sum(not is_readable(stored or "") for stored in hashes.yield_per(BATCH_LINES))
    if unreadable:
        log.warning("password hashes that cannot be verified: %d; these members must reset their passwords", unreadable)


def _take_lock() -> None:
    """Wait until no other process loads an archive into this forum; SQLite serializes writers anyway."""
    if not on_sqlite():
        session.execute(select(func.pg_advisory_xact_lock(ARCHIVE_LOCK)))


def _require_empty() -> None:
    for record_type in RECORD_TYPES:
        rows = select(func.count()).select_from(record_type.model)
        only = true() if record_type.only is None else record_type.only
        if record_type.file != "log.jsonl" and session.scalar(rows.where(only)):
            table = record_type.model.__tablename__.replace("_", " ")
            raise BadArchive(f"This forum is not empty (there is a {table}): import an archive into a new FORUM_DATA.")


def _load_site(folder: Path) -> None:
    line = parse_line(Line(SITE, 1, {}), (folder / SITE).read_bytes(), SiteFile())
    stored = set(session.scalars(select(SiteSetting.name)))
    for name, value in line.data.items():
        if name in stored:
            session.execute(update(SiteSetting).where(SiteSetting.name == name).values(value=value))
        elif name not in {"format", "version"}:
            session.add(SiteSetting(name=name, value=value))
    session.flush()


class _Loader:
    """Loads one file into its table."""

    def __init__(self, record_type: RecordType, folder: Path, progress: Progress) -> None:
        self.record_type, self.path, self.progress = record_type, folder / record_type.file, progress
        self.names = NameResolver()
        self.last_id = len(BuiltInGroup) if record_type.model is Group else 0

    def load(self) -> int:
        """Store every line; return the number of lines."""
        done, total = 0, count(self.path)
        for batch in batches(
            read(self.path, self.record_type.shape()), total if self.record_type is BOARDS else BATCH_LINES
        ):
            self.store(batch)
            done += len(batch)
            self.progress(self.record_type.file, done, total)
        if self.record_type.file == "smilies.jsonl":
            site.bump_version()  # posts are rendered with the smilies just loaded
        return done

    def store(self, lines: list[Line]) -> None:
        """Store a batch of lines; boards refer to each other, so they come in a single batch."""
        for line in lines:
            self.number(line)
        if self.record_type is BOARDS:
            self.store_boards(lines)
            return
        self.names.resolve(self.record_type, lines)
        complete = FINISH.get(self.record_type.file)
        for line in lines:
            if complete:
                complete(line)
        if self.record_type.model is Group:
            _replace_built_in_groups(lines)
        bans = _bans_of(lines) if self.record_type is MEMBERS else []
        self.insert(lines)
        if bans:
            session.execute(insert(Sanction), bans)

    def store_boards(self, lines: list[Line]) -> None:
        """Store the boards, then set their parents, and the access lists of older archives."""
        taken = ("parent", "audience", "posters")
        parents = [
            Line(line.file, line.number, {"id": line.data["id"]} | {name: line.data.pop(name) for name in taken})
            for line in lines
        ]
        self.insert(lines)
        self.names.resolve(self.record_type, parents)
        for child in parents:
            session.execute(update(Board).where(Board.id == child.data["id"]).values(parent_id=child.data["parent_id"]))
        _refuse_cycles(self.record_type.file)
        boards = [child.data for child in parents]
        if any(board["audience"] or board["posters"] for board in boards):
            store_role_lists(boards)

    def number(self, line: Line) -> None:
        """Give a line without an id the id after that of the line before it."""
        if "id" in line.data:
            line.data["id"] = self.last_id = line.data["id"] or self.last_id + 1

    def insert(self, lines: list[Line]) -> None:
        """Insert a batch; if it violates a constraint, insert line by line to find the one at fault."""
        try:
            with session.begin_nested():
                session.execute(insert(self.record_type.model.__table__), [line.data for line in lines])
        except IntegrityError:
            for line in lines:
                self.insert_one(line)
            raise

    def insert_one(self, line: Line) -> None:
        """Insert one line. Raises BadArchive if it violates a constraint."""
        try:
            with session.begin_nested():
                session.execute(insert(self.record_type.model.__table__), [line.data])
        except IntegrityError as error:
            reason = str(error.orig).strip().split("\n", 1)[0]
            raise line.fault(f"duplicates or contradicts an earlier line ({reason}).") from error


def _finish_member(line: Line) -> None:
    """Require a username that could be registered, and fill in the derived fields."""
    name = line.data["username"]
    for fault in faults_of_name(name):
        raise line.fault(f"username: {fault}")
    if line.data["role"] == Role.MEMBER and is_reserved(name) and line.data["closed_at"] is None:
        raise line.fault(f"username: “{name}” is reserved for staff.")
    line.data["username_key"] = username_key(name)
    line.data["read_all_at"] = line.data["read_all_at"] or line.data["joined_at"]  # older posts count as read
    line.data["email_key"] = email_key(line.data["email"]) if line.data["email"] else None


def _finish_erasure(line: Line) -> None:
    """An erasure that had begun begins again: its steps do no harm when they run twice."""
    line.data |= {"step": "", "done_to": 0}


def _finish_old_name(line: Line) -> None:
    line.data["name_key"] = username_key(line.data["name"])


def _replace_built_in_groups(lines: list[Line]) -> None:
    """Delete the new forum's built-in groups that the archive has too, because they were changed."""
    built_in = [line.data["id"] for line in lines if line.data["id"] in set(BuiltInGroup)]
    session.execute(delete(Group).where(Group.id.in_(built_in)))


def _bans_of(lines: list[Line]) -> list[dict[str, object]]:
    """Move the bans from the members' lines into rows for the sanction table."""
    bans: list[dict[str, object]] = []
    for line in lines:
        banned_at, reason = line.data.pop("banned_at"), line.data.pop("ban_reason")
        if banned_at is not None:
            bans.append(
                {"member_id": line.data["id"], "kind": SanctionKind.BAN, "scope": "", "reason": reason}
                | {"created_at": banned_at}
            )
    return bans


def _finish_thread(line: Line) -> None:
    """Fill the NOT NULL columns that are recounted once the posts are loaded."""
    _finish_visibility(line)
    line.data |= {"last_poster_id": line.data["starter_id"], "last_posted_at": line.data["started_at"]}


def _finish_notice(line: Line) -> None:
    line.data |= {"html": render(line.data["body"]).html, "markup_version": MARKUP_VERSION}


def _finish_conversation(line: Line) -> None:
    line.data |= {"last_position": 0, "last_message_at": line.data["started_at"]}


def _finish_message(line: Line) -> None:
    html = "" if line.data["event"] else render(line.data["source"]).html
    line.data |= {"html": html, "markup_version": MARKUP_VERSION}


def _finish_post(line: Line) -> None:
    _finish_visibility(line)
    if line.data["position"] is None:
        if line.data["visibility"] == Visibility.PUBLIC:
            raise line.fault("position: only a post that is held, rejected or deleted can be without.")
        line.data["position"] = -line.data["id"]
    line.data |= {"html": render(line.data["source"]).html, "markup_version": MARKUP_VERSION}


def _finish_visibility(line: Line) -> None:
    """What is not held or rejected is deleted if it has deleted_at, else public."""
    by_date = Visibility.DELETED if line.data["deleted_at"] else Visibility.PUBLIC
    line.data["visibility"] = UNAPPROVED.get(line.data["visibility"], by_date)


def _finish_notification(line: Line) -> None:
    """Fill what follows from the rest. Read ones are seen: older archives have only `read_at`."""
    subject, kind, post_id = line.data.pop("subject"), line.data["kind"], line.data["post_id"]
    subject = subject if post_id is None else subject_of_post(kind, post_id)
    line.data["subject_type"], line.data["subject_id"] = split_subject(subject)
    line.data["group_key"] = group_key(kind, subject)
    line.data["seen_at"] = line.data["seen_at"] or line.data["read_at"]


def _finish_group(line: Line) -> None:
    if faults_of_banner(line.data["banner_colour"]):
        raise line.fault("banner_colour: it is no colour in which text can be read.")


def _finish_image(line: Line) -> None:
    line.data["digest"] = hashlib.sha256(line.data["content"]).hexdigest()


FINISH: dict[str, Callable[[Line], None]] = {
    "site_images.jsonl": _finish_image,
    "board_icons.jsonl": _finish_image,
    MEMBERS.file: _finish_member,
    "account_erasures.jsonl": _finish_erasure,
    "old_names.jsonl": _finish_old_name,
    "groups.jsonl": _finish_group,
    "group_memberships.jsonl": requirements.require_created_group,
    "group_rights.jsonl": requirements.require_possible_right,
    "group_requests.jsonl": requirements.require_created_group,
    "ignored_members.jsonl": requirements.require_two_members,
    "followed_members.jsonl": requirements.require_two_members,
    "board_access.jsonl": requirements.require_possible_entry,
    "notices.jsonl": _finish_notice,
    "threads.jsonl": _finish_thread,
    POSTS.file: _finish_post,
    "alerts.jsonl": _finish_notification,
    "conversations.jsonl": _finish_conversation,
    "conversation_messages.jsonl": _finish_message,
}


def _refuse_cycles(file: str) -> None:
    parents = {row[0]: row[1] for row in session.execute(select(Board.id, Board.parent_id))}
    for board, parent in parents.items():
        ancestors, above = {board}, parent
        while above is not None:
            if above in ancestors:
                raise BadArchive(f"{file}: board {board} is its own ancestor.")
            ancestors.add(above)
            above = parents[above]


def _derive(progress: Progress) -> None:
    """Compute what is derived and therefore not in the archive: counters, sequences, search index, similar threads."""
    for gap in check.position_gaps():
        raise BadArchive(
            f"{POSTS.file}: {gap}; a thread's posts have every position once, from 1 or after its base_post_count."
        )
    check.repair()
    move_sequences()
    holding.open_missing_cases()
    edits.open_missing_cases()
    applications.open_missing_cases()
    site.bump_version()
    invalidate()
    search.reindex(lambda done, total: progress("search index", done, total), new_language=snapshot().language)
    analyze()
    similar.refresh_all(lambda done, total: progress("similar threads", done, total))
