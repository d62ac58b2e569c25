"""Resolve the board and thread filters of a query, among those that the reader may see."""

from urllib.parse import unquote

from sqlalchemy import select

from forum import permissions
from forum.infra.database.db import session
from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import say
from forum.infra.text.slugs import slug
from forum.models import Board, Member, Thread
from forum.models.discussion.board_tree import BoardNode, BoardTree
from forum.permissions import visible_threads
from forum.search.query.query import ParsedQuery
from forum.search.query.scope import SearchScope
from forum.search.text.tokenizer import folded
from forum.site.queries import snapshot

NAMELESS = slug("")  # the slug of a title without letters


def scope_of(actor: Member | None, parsed: ParsedQuery) -> SearchScope:
    """The reader and the filters of a query; raises Invalid if it names a board that the reader may not see."""
    query, boards = parsed.query, _boards(actor, parsed)
    days, left_out = (query.after, query.before), parsed.without_author_ids
    return SearchScope(actor, parsed.author_id, boards, *days, query.thread, left_out)


def _boards(actor: Member | None, parsed: ParsedQuery) -> frozenset[int] | None:
    """The boards to search, including their subboards; None means all."""
    wanted, unwanted = parsed.query.board, parsed.without_boards
    if not wanted and not unwanted:
        return None
    visible = permissions.scope_of(actor).see
    boards = BoardTree(node for node in snapshot().tree if node.id in visible)
    chosen = _named(boards, wanted) if wanted else {board.id for board in boards}
    for name in unwanted:
        chosen -= _named(boards, name)
    return frozenset(chosen)


def _named(boards: BoardTree[BoardNode], name: str) -> set[int]:
    """The boards with a name, and all below them."""
    address = unquote(name).lower()
    chosen = [board for board in boards if address in _names(board)]
    chosen = chosen or [board for board in boards if folded(name) == folded(board.title)]
    chosen = chosen or [board for board in boards if address.startswith(f"{board.id}-")]  # an outdated slug
    if not chosen:
        raise Invalid({"board": [_unknown(name)]})
    return {lower.id for board in chosen for lower in boards.below(board)}


def _names(board: BoardNode) -> set[str]:
    """The names of a board: id, title, URL and slug."""
    of_title = slug(board.title)
    return {str(board.id), board.title.lower(), f"{board.id}-{of_title}", of_title} - {NAMELESS}


def _unknown(name: str) -> MessageText:
    if " " in name:
        return say("There is no board “%(name)s”.", name=name)
    return say('There is no board “%(name)s”. Put a name of several words in quotes: board:"two words"', name=name)


def thread_in(actor: Member | None, parsed: ParsedQuery) -> Thread | None:
    """The thread to search; None means all. Raises Invalid if the reader may see no thread with that id."""
    if parsed.query.thread is None:
        return None
    visible = select(Thread).join(Board, Thread.board_id == Board.id).where(visible_threads(actor))
    thread = session.scalars(visible.where(Thread.id == parsed.query.thread)).one_or_none()
    if thread is None:
        raise Invalid({"thread": [say("There is no such thread.")]})
    return thread
