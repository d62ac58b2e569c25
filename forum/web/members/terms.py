"""The page on which members accept changed terms of use, and the notice that leads there."""

from datetime import date

from flask import Blueprint, redirect, render_template, request
from markupsafe import Markup
from werkzeug import Response

from forum.auth import identity
from forum.members.signup.terms import accept_terms
from forum.models import Member
from forum.site.queries import snapshot
from forum.site.terms import must_accept_terms
from forum.web.addresses import back, next_path
from forum.web.forms import current_form, hidden_field, rerenders_on_error
from forum.web.fragments.operator_text import rendered
from forum.web.members.account import account_page

PATH = "/account/terms"
blueprint = Blueprint("accept_terms", __name__, url_prefix=PATH)


@blueprint.get("")
def show() -> str:
    """Show the terms, with a button to accept them if the member has to."""
    me, site = identity.member(), snapshot()
    return account_page(
        "terms",
        form=current_form(),
        own=rendered(site.terms) if site.terms else None,
        version=site.terms_version,
        changed_on=site.start_of(date.fromisoformat(site.terms_date)) if site.terms_date else None,
        is_asked=must_accept_terms(me),
        accepted_at=me.accepted_terms_at,
        next=next_path(),
    )


@blueprint.post("")
@rerenders_on_error(show)
def accept() -> Response:
    """Accept the terms that the page showed."""
    version = hidden_field("version")
    accept_terms(identity.member(), int(version) if version.isascii() and version.isdigit() else -1)
    return redirect(next_path(), 303)


def terms_notice(visitor: Member | None) -> Markup:
    """The notice for a member who has to accept the terms; empty otherwise, and on the page where they do."""
    if not must_accept_terms(visitor) or request.path == PATH:
        return Markup()
    page = back() if request.method == "GET" else ""
    return Markup(render_template("_terms_notice.html", page=page))  # noqa: S704 - a template of ours
