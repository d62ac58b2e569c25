"""Warning members, withdrawing warnings, and the list of all warnings."""

from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.infra.database.db import session
from forum.interfaces import claim_submission
from forum.members.queries import find_member, member_by_name
from forum.models import Member, Post, ReasonFor, WarningKind
from forum.moderation import notes, reviews
from forum.moderation.warnings import giving, lists
from forum.schemas.moderation.warnings import WarningIn, WithdrawIn
from forum.schemas.writing import MAX_KEY_INPUT
from forum.threads.queries import find_post
from forum.threads.rules import REASON_MAX
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error
from forum.web.moderation.members import consequences
from forum.web.moderation.members.sections import may_withdraw
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("warnings", __name__)


@blueprint.get("/members/<int:member_id>-<slug>/warn")
def member_form(member_id: int, slug: str) -> str:
    """Show the form to warn a member."""
    return _form(find_member(member_id), None)


@blueprint.get("/posts/<int:post_id>/warn")
def post_form(post_id: int) -> str:
    """Show the form to warn the author of a post."""
    post = find_post(identity.member(), post_id)
    return _form(find_member(post.author_id), post)


def _form(member: Member, post: Post | None) -> str:
    actor = identity.member()
    permissions.require(giving.may_warn(actor, member, post))
    points = lists.points_of(member)
    kinds = [
        (kind, consequences.points_and_days(kind), consequences.preview(kind, points)) for kind in lists.kinds_in_use()
    ]
    return render_template(
        "moderation/warn.html",
        member=member,
        post=post,
        address=f"{post.path if post else member.path}/warn",
        kinds=kinds,
        points=points,
        earlier=lists.warnings_of(member)[:5],
        seen=lists.latest_id(member),
        form=current_form(),
        most=REASON_MAX,
    )


@blueprint.post("/members/<int:member_id>-<slug>/warn")
@rerenders_on_error(member_form)
def warn_member(member_id: int, slug: str) -> Response:
    """Warn a member."""
    return _warn(find_member(member_id), None)


@blueprint.post("/posts/<int:post_id>/warn")
@rerenders_on_error(post_form)
def warn_author(post_id: int) -> Response:
    """Warn the author of a post."""
    post = find_post(identity.member(), post_id)
    return _warn(find_member(post.author_id), post)


def _warn(member: Member, post: Post | None) -> Response:
    actor, given = identity.member(), load_form(WarningIn)
    place = f"post:{post.id}" if post else f"member:{member.id}"
    content = f"warn:{place}\n{given}\n{hidden_field('prepared')}"
    claim = claim_submission(actor, hidden_field("submit_key"), content=content)
    if claim.earlier is not None:
        return see(claim.earlier.location)
    grounds = chosen_grounds(ReasonFor.WARN, given["reason"])
    kind = session.get(WarningKind, given["kind"]) if given["kind"] else None
    giving.warn(actor, member, kind, grounds=grounds, post=post, seen=given["seen"])
    location = post.path if post else f"{member.path}/moderate#warnings"
    claim.answered(status=303, location=location)
    return toasts.with_toast(see(location), "warned")


@blueprint.get("/members/<int:member_id>-<slug>/warnings/<int:warning_id>")
def warning_page(member_id: int, slug: str, warning_id: int) -> str:
    """Show a warning, and the form to withdraw it."""
    actor, member = identity.member(), find_member(member_id)
    permissions.require(notes.may_read_about(actor, member))
    warning = lists.find_warning(warning_id, of=member)
    post = warning.about_post
    return render_template(
        "moderation/warning.html",
        member=member,
        warning=warning,
        post=post if post and permissions.may_see_post(actor, post) else None,
        may_withdraw=may_withdraw(actor, warning),
        form=current_form(),
        most=REASON_MAX,
    )


@blueprint.post("/members/<int:member_id>-<slug>/warnings/<int:warning_id>/withdraw")
@rerenders_on_error(warning_page)
def withdraw(member_id: int, slug: str, warning_id: int) -> Response:
    """Withdraw a warning, and lift what it led to."""
    actor, member = identity.member(), find_member(member_id)
    permissions.require(notes.may_read_about(actor, member))
    reason = chosen_grounds(ReasonFor.WITHDRAW, load_form(WithdrawIn)["reason"]).reason
    giving.withdraw(actor, lists.find_warning(warning_id, of=member), reason=reason)
    return toasts.with_toast(see(f"{member.path}/moderate#warnings"), "warning-withdrawn")


@blueprint.get("/moderation/warnings")
def show_all() -> str:
    """List the warnings of all members, newest first."""
    actor = identity.member()
    permissions.require(reviews.may_review_some(actor))
    shown, name = query_choice("show", lists.LISTS), request.args.get("member", "").strip()[:MAX_KEY_INPUT]
    member = member_by_name(name) if name else None
    found = lists.warnings_on_page(actor, shown, page_number(), of=member) if member or not name else ([], None)
    query = {name: value for name, value in (("show", shown), ("member", name)) if value and value != "all"}
    seen = {each.id for each in found[0] if each.about_post and permissions.may_see_post(actor, each.about_post)}
    return render_template(
        "moderation/warnings.html",
        warnings=found[0],
        page=found[1],
        seen=seen,
        shown=shown,
        name=name,
        query=urlencode(query),
    )
