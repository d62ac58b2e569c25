"""Which notices a visitor is shown; reads the site's snapshot, and makes no query."""

from collections.abc import Set

from forum.infra import clock
from forum.models import BuiltInGroup, Member, NoticeAudience, NoticePlace
from forum.permissions import scope_of
from forum.site.notices import ActiveNotice
from forum.site.queries import snapshot

MAX_SHOWN = 5  # notices on a page


def notices_for(visitor: Member | None, *, board_id: int = 0, is_front_page: bool = False) -> list[ActiveNotice]:
    """The notices on a page, in their order; `board_id` is that of the page's board, 0 for none."""
    notices = snapshot().notices
    if not notices:
        return []
    closed = set(visitor.dismissed_notices.split()) if visitor else set[str]()
    now, groups = clock.now(), scope_of(visitor).groups
    shown = [
        notice
        for notice in notices
        if notice.key not in closed
        and notice.is_due(now)
        and _is_addressed(notice, groups)
        and _is_on_page(notice, board_id, is_front_page=is_front_page)
    ]
    return shown[:MAX_SHOWN]


def _is_addressed(notice: ActiveNotice, groups: Set[int]) -> bool:
    """Whether a notice is for somebody in these groups."""
    if notice.audience == NoticeAudience.GROUPS:
        return bool(notice.groups & groups)
    is_member = BuiltInGroup.MEMBERS in groups
    return notice.audience == NoticeAudience.EVERYBODY or is_member == (notice.audience == NoticeAudience.MEMBERS)


def _is_on_page(notice: ActiveNotice, board_id: int, *, is_front_page: bool) -> bool:
    if notice.place == NoticePlace.BOARDS:
        around = snapshot().tree.ancestors_of(board_id) if board_id and notice.includes_children else ()
        return board_id in notice.boards or any(board.id in notice.boards for board in around)
    return notice.place == NoticePlace.EVERYWHERE or is_front_page
