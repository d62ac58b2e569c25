"""Icons of boards: which there are, and their content."""

from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import BoardIcon
from forum.site.images import DIGEST_CHARACTERS


def load_icon_paths() -> dict[int, str]:
    """The icons' paths by board; for the snapshot. A path changes with the content."""
    rows = session.execute(select(BoardIcon.board_id, BoardIcon.digest).order_by(BoardIcon.board_id))
    return {row.board_id: f"/board-icons/{row.board_id}-{row.digest[:DIGEST_CHARACTERS]}.webp" for row in rows}


def icon_content(board_id: int) -> bytes | None:
    """A board's icon, a WebP picture."""
    return session.scalar(select(BoardIcon.content).where(BoardIcon.board_id == board_id))
