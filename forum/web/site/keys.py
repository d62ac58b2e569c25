"""The list of keyboard shortcuts: a page of its own, which the script opens in a dialog."""

from flask import Blueprint, render_template

blueprint = Blueprint("keys", __name__)


@blueprint.get("/keys")
def show() -> str:
    """List the keyboard shortcuts."""
    return render_template("keys.html")
