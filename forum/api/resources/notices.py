"""Notices, for those who manage them."""

from typing import Any

from flask import Response

from forum.admin.notices import notice_actions
from forum.admin.rules import authorize
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.etags import locks_site
from forum.api.lists import single_page
from forum.auth import identity
from forum.body_limits import takes_text
from forum.interfaces import absolute_url
from forum.models import Member, Notice, Right
from forum.schemas.admin.notices import NewNoticeIn, NoticeIn, NoticeListOut, NoticeOut

blueprint = ApiBlueprint("notices", "Notices above the pages; for those who manage them, with the scope admin.")
ONE = "/notices/<id:notice_id>"


@blueprint.reads("/notices", NoticeListOut, login=True)
def show_all() -> dict[str, Any]:
    """List all notices in their order, also those that are not shown now."""
    _manager()
    return single_page([_notice(notice) for notice in notice_actions.all_notices()])


@blueprint.writes("POST", "/notices", NoticeOut, body=NewNoticeIn, status=201)
@takes_text
def create(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Create a notice, as the last one; a page shows the first five that are for its visitor."""
    notice = notice_actions.create_notice(_manager(), body)
    return _notice(notice), {"Location": absolute_url(f"/api/v1/notices/{notice.id}")}


@blueprint.reads(ONE, NoticeOut, login=True)
def show(notice_id: int) -> dict[str, Any]:
    """Get a notice."""
    _manager()
    return _notice(notice_actions.find_notice(notice_id))


@blueprint.writes("PATCH", ONE, NoticeOut, body=NoticeIn, status=200)
@takes_text
@locks_site
def change(body: dict[str, Any], notice_id: int) -> dict[str, Any]:
    """Change a notice; fields that are not sent stay as they are."""
    actor = _manager()
    notice = notice_actions.find_notice(notice_id)
    notice_actions.change_notice(actor, notice, body)
    return _notice(notice)


@blueprint.writes("DELETE", ONE, status=204)
@locks_site
def delete(notice_id: int) -> Response:
    """Delete a notice."""
    actor = _manager()
    notice_actions.delete_notice(actor, notice_actions.find_notice(notice_id))
    return Response(status=204)


def _manager() -> Member:
    """The caller, who has to be allowed to manage notices."""
    scopes.require_scopes("admin")
    actor = identity.member()
    authorize(actor, Right.MANAGE_NOTICES)
    return actor


def _notice(notice: Notice) -> dict[str, Any]:
    return {"id": notice.id, "html": notice.html, **notice_actions.notice_values(notice)}
