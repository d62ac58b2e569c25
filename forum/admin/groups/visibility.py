"""What becomes visible to more people by a change of boards; asked before it happens."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import func, select

from forum.admin.groups.access_queries import with_built_in
from forum.admin.groups.group_actions import groups_in_order
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import Invalid
from forum.infra.text.messages import Message, say, say_many
from forum.models import Board, BuiltInGroup, Group, Thread
from forum.models.discussion.board_tree import BoardTree
from forum.site.access import AccessList, AccessLists
from forum.site.queries import snapshot


class Wider(Invalid):
    """Something would become visible to more people; the form can be sent again to do it nevertheless."""

    status, slug = 409, "wider"


def require_no_wider_list(board: Board, entries: AccessList | None) -> None:
    """Raise Wider if threads would become visible to more groups by a board's own list, or by removing it."""
    access = snapshot().access
    own = {board_id: entries_of for board_id, entries_of in access.own.items() if board_id != board.id}
    after = own if entries is None else own | {board.id: entries}
    _require_not_wider("access", replace(access, own=after, _scopes={}))


def require_no_wider_place(board: Board, parent_id: int | None) -> None:
    """Raise Wider if threads would become visible to more groups by moving a board into another one."""
    access = snapshot().access
    nodes = [replace(node, parent_id=parent_id) if node.id == board.id else node for node in access.tree]
    if parent_id == board.parent_id or _is_inside(board.id, parent_id):
        return
    _require_not_wider("parent_id", replace(access, tree=BoardTree(nodes), _scopes={}))


def require_no_wider_merge(board: Board, target_id: int) -> None:
    """Raise Wider if the threads of a board become visible to more groups when they are moved to another one."""
    access = snapshot().access
    groups = [each for each in _groups() if _sees(access, each, target_id) and not _sees(access, each, board.id)]
    _refuse("move_threads_to", groups, [board.id])


def require_no_wider_posts(field: str, origins: Iterable[int], board_id: int, *, posts: int) -> None:
    """Raise Wider if posts of some boards become visible to more groups when they are moved to another one."""
    access = snapshot().access
    sees = [group for group in _groups() if _sees(access, group, board_id)]
    groups = [group for group in sees if not all(_sees(access, group, origin) for origin in origins)]
    if groups and posts:
        words = say_many(
            "%(num)d post becomes visible to more people: %(groups)s. Send the form again to do it.",
            "%(num)d posts become visible to more people: %(groups)s. Send the form again to do it.",
            posts,
            groups=_titles(groups),
        )
        raise Wider({field: [words]})


def require_no_wider_threads(field: str, thread_ids: Iterable[int], board_id: int) -> None:
    """Raise Wider if posts of some threads become visible to more groups when these are moved to another board."""
    theirs = select(Thread.board_id, func.sum(Thread.reply_count + 1)).where(in_list(Thread.id, thread_ids))
    posts: dict[int, int] = dict(session.execute(theirs.group_by(Thread.board_id)).all())
    require_no_wider_posts(field, posts, board_id, posts=sum(posts.values()))


def require_no_wider_starters(field: str, threads: Iterable[Thread], into: Thread) -> None:
    """Raise Wider where members see only their own threads, if one of them would see the posts of another."""
    access = snapshot().access
    is_own_only = any(into.board_id in access.scope_of(with_built_in(group.id)).own_only for group in _groups())
    if is_own_only and len({each.starter_id for each in (*threads, into)}) > 1:
        words = "In this board members see only the threads that they started. Who started the first of these sees "
        raise Wider({field: [say(words + "the posts of the others, who no longer do. Send the form again to do it.")]})


def _is_inside(board_id: int, parent_id: int | None) -> bool:
    """Whether a place makes no sense, which the action itself refuses."""
    return parent_id is not None and board_id in {each.id for each in snapshot().tree.ancestors_of(parent_id)}


def _require_not_wider(field: str, after: AccessLists) -> None:
    gained: set[int] = set()
    groups = []
    for group in _groups():
        ids = with_built_in(group.id)
        more = set(after.scope_of(ids).shared) - set(snapshot().access.scope_of(ids).shared)
        gained |= more
        groups += [group] if more else []
    _refuse(field, groups, gained)


def _refuse(field: str, groups: list[Group], board_ids: Iterable[int]) -> None:
    threads = session.scalar(select(func.sum(Board.thread_count)).where(Board.id.in_(list(board_ids)))) or 0
    if groups and threads:
        raise Wider({field: [_words(threads, groups)]})


def _words(threads: int, groups: list[Group]) -> Message:
    return say_many(
        "%(num)d thread becomes visible to more people: %(groups)s. Send the form again to do it.",
        "%(num)d threads become visible to more people: %(groups)s. Send the form again to do it.",
        threads,
        groups=_titles(groups),
    )


def _titles(groups: list[Group]) -> str:
    widest = next((group for group in groups if group.id in (BuiltInGroup.GUESTS, BuiltInGroup.MEMBERS)), None)
    return ", ".join(group.title for group in ([widest] if widest else groups))


def _groups() -> list[Group]:
    return [group for group in groups_in_order() if group.id != BuiltInGroup.ADMINS]


def _sees(access: AccessLists, group: Group, board_id: int) -> bool:
    """Whether a group sees also the threads of others in a board."""
    return board_id in access.scope_of(with_built_in(group.id)).shared
