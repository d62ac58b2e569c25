"""The page of those whom a member ignores."""

from flask import Blueprint, Response

from forum.auth import identity
from forum.relations import actions, queries
from forum.relations.rules import MAX_IGNORED
from forum.schemas.account import NamedMemberIn
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page
from forum.web.relations.named import named_member

blueprint = Blueprint("ignored_members", __name__, url_prefix="/account/ignored")


@blueprint.get("")
def show() -> str:
    """List those whom the member ignores, with the form to add one."""
    rows, page = queries.ignored_on_page(identity.member(), page_number())
    return account_page("ignored", form=current_form(), rows=rows, page=page, most=MAX_IGNORED)


@blueprint.post("")
@rerenders_on_error(show)
def add() -> Response:
    """Ignore the member with the typed name."""
    me = identity.member()
    member = named_member(load_form(NamedMemberIn)["username"], lambda found: actions.may_ignore(me, found))
    actions.ignore(me, member)
    return toasts.with_toast(see("/account/ignored"), "ignored", member.id)
