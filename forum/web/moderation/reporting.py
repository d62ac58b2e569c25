"""The forms on which members report a post or a member, and the page of their own reports."""

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.interfaces import translate
from forum.members.queries import find_member
from forum.models import Member, Post, Report
from forum.models.moderation.report import MAX_REPORT_WORDS
from forum.moderation.reports import making
from forum.moderation.reports.cases import own_reports
from forum.notifications.marks import mark_subject_read
from forum.schemas.moderation.reports import ReportIn
from forum.site.queries import snapshot
from forum.threads import queries
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page

blueprint = Blueprint("reporting", __name__)


@blueprint.get("/posts/<int:post_id>/report")
def post_form(post_id: int) -> str:
    """Show the form to report a post."""
    actor = identity.member()
    post = queries.find_post(actor, post_id)
    permissions.require(making.may_report_post(actor, post))
    crumbs = snapshot().tree.ancestors_of(post.thread.board_id)
    return _form_page(making.open_report(actor, post=post), post=post, crumbs=crumbs, back=post.path)


def _form_page(report: Report | None, **about: object) -> str:
    typed = {"kind": report.kind, "words": report.words} if report else {}
    return render_template(
        "report/form.html",
        form=current_form(**typed),
        kinds=[(kind.value, translate(words)) for kind, words in making.KINDS.items()],
        most=MAX_REPORT_WORDS,
        is_change=report is not None,
        **about,
    )


@blueprint.post("/posts/<int:post_id>/report")
@rerenders_on_error(post_form)
def report_post(post_id: int) -> Response:
    """Report a post, or change the report."""
    actor = identity.member()
    post, given = queries.find_post(actor, post_id), load_form(ReportIn)
    making.report_post(actor, post, kind=given["kind"], words=given["words"])
    return toasts.with_toast(see(_address_after(actor, post)), "reported")


def _address_after(actor: Member, post: Post) -> str:
    """Where a member goes on who has reported a post, which may be hidden by that."""
    if permissions.may_see_post(actor, post):
        return queries.address_of(post)
    return post.thread.path if permissions.may_see_thread(actor, post.thread) else post.thread.board.path


@blueprint.get("/members/<int:member_id>-<slug>/report")
def member_form(member_id: int, slug: str) -> str:
    """Show the form to report a member."""
    actor, member = identity.member(), find_member(member_id)
    permissions.require(making.may_report_member(actor, member))
    return _form_page(making.open_report(actor, member=member), member=member, back=member.path)


@blueprint.post("/members/<int:member_id>-<slug>/report")
@rerenders_on_error(member_form)
def report_member(member_id: int, slug: str) -> Response:
    """Report a member, or change the report."""
    actor, member, given = identity.member(), find_member(member_id), load_form(ReportIn)
    making.report_member(actor, member, kind=given["kind"], words=given["words"])
    return toasts.with_toast(see(member.path), "reported")


@blueprint.get("/account/reports")
def show_own() -> str:
    """List the member's own reports, with what moderators have decided and answered."""
    me = identity.member()
    reports, page = own_reports(me, page_number())
    if (item_id := request.args.get("about", "")).isdecimal() and len(item_id) < 11:  # a notification led here
        mark_subject_read(me, f"report:{item_id}")
    seen = {report.id for report in reports if report.item.post and permissions.may_see_post(me, report.item.post)}
    kinds = {kind.value: translate(words) for kind, words in making.KINDS.items()}
    return account_page("reports", reports=reports, page=page, seen=seen, kinds=kinds)
