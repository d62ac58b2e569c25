"""Change the icons of boards."""

import hashlib

from sqlalchemy import delete, select

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.rules import Administrator, authorize
from forum.audit_log import Change, is_undoing, record
from forum.infra import images
from forum.infra.database.db import session
from forum.models import Board, BoardIcon, Right
from forum.site import actions as site

MAX_UPLOAD_BYTES = 256_000
ICON_PIXELS = 96  # shown at 40: enough for the sharpest screens


def encode_icon(data: bytes, *, field: str = "icon") -> bytes:
    """The icon to store for an uploaded file; takes up to 0.1 s, so call it before writing. Raises Invalid."""
    return images.square_webp(images.decode(data, field=field), ICON_PIXELS)


def icon_values(board: Board) -> dict[str, object]:
    """What an admin has seen of a board's icon, as the value that is compared and logged."""
    digest = session.scalar(select(BoardIcon.digest).where(BoardIcon.board_id == board.id))
    return {"icon": digest[:10] if digest else ""}


def set_icon(actor: Administrator, board: Board, content: bytes | None, *, seen: str | None = None) -> bool:
    """Store a board's icon in place of the one before, or none; returns whether anything changed.

    Raises ChangedMeanwhile, as other changes by admins do.
    """
    admin = authorize(actor, Right.MANAGE_BOARDS)
    site.lock()
    session.refresh(board, with_for_update=True)
    digest = hashlib.sha256(content).hexdigest() if content else ""
    stored, given = icon_values(board), {"icon": digest[:10]}
    require_unchanged(stored, given, seen=seen)
    if given == stored:
        return False
    session.execute(delete(BoardIcon).where(BoardIcon.board_id == board.id))
    if content:
        session.add(BoardIcon(board_id=board.id, digest=digest, content=content))
    target, was, now = f"board:{board.id}", stored["icon"], given["icon"]
    change = Change(stored, given) if is_undoing() or not was else None  # icons before are not kept
    record("change-board", actor=admin, target=target, change=change, name="icon", was=was, now=now)
    site.bump_version()
    return True
