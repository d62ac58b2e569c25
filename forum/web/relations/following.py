"""The page of those whom a member follows, and of those who follow them."""

from flask import Blueprint, Response

from forum.auth import identity
from forum.relations import actions, queries
from forum.relations.rules import MAX_FOLLOWED
from forum.schemas.account import NamedMemberIn
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page
from forum.web.relations.named import named_member

blueprint = Blueprint("followed_members", __name__, url_prefix="/account/following")


@blueprint.get("")
def show() -> str:
    """List those whom the member follows, with the form to add one; or their followers."""
    me, chosen = identity.member(), query_choice("show", ("following", "followers"))
    on_page = queries.followers_on_page if chosen == "followers" else queries.followed_on_page
    rows, page = on_page(me, page_number())
    return account_page("following", form=current_form(), rows=rows, page=page, chosen=chosen, most=MAX_FOLLOWED)


@blueprint.post("")
@rerenders_on_error(show)
def add() -> Response:
    """Follow the member with the typed name."""
    me = identity.member()
    member = named_member(load_form(NamedMemberIn)["username"], lambda found: actions.may_follow(me, found))
    actions.follow(me, member)
    return toasts.with_toast(see("/account/following"), "followed", member.id)
