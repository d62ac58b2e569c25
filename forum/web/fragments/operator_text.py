"""Texts of the operator, such as the terms of use, as HTML."""

from functools import lru_cache

from forum.auth import identity
from forum.infra.database.db import current_settings
from forum.infra.settings import Settings
from forum.interfaces import CacheableGuestPage, allow_guest_caching
from forum.models import Board
from forum.site.queries import snapshot
from forum.threads.writing import PreparedPost, render


def share_with_guests() -> None:
    """Let the guest cache serve this page, on which nobody is counted as a viewer, to other guests."""
    if identity.visitor() is None:
        allow_guest_caching(CacheableGuestPage())


def rendered(source: str) -> PreparedPost:
    """An operator's text, rendered to HTML with the smilies and settings of now."""
    return _rendered(source, snapshot().version, current_settings())


def rules_of(board: Board) -> PreparedPost | None:
    """A board's rules as HTML; they are only read from the database if there are any."""
    node = snapshot().tree.get(board.id)
    return rendered(board.rules) if node is not None and node.has_rules else None


@lru_cache(maxsize=64)
def _rendered(source: str, _version: int, _settings: Settings) -> PreparedPost:
    return render(source)
