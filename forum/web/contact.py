"""Help, and how to reach those who run the forum: in the operator's words, or else the admins by name."""

from flask import Blueprint, render_template

from forum.base.db import deployed
from forum.members.queries import admins
from forum.site.queries import snapshot
from forum.web.terms import rendered

blueprint = Blueprint("contact", __name__)


@blueprint.get("/help")
def show_help() -> str:
    """How to write, read and search here, and where to ask."""
    return render_template("help.html")


@blueprint.get("/contact")
def show() -> str:
    """How to reach the operator."""
    source = snapshot().contact
    given = {"own": rendered(source), "admins": ()} if source else {"own": None, "admins": admins()}
    return render_template("contact.html", security=deployed().security_contact.split(), **given)
