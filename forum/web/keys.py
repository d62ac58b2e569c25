"""The list of keys: a page of its own, which the script opens over the page that is read."""

from flask import Blueprint, render_template

blueprint = Blueprint("keys", __name__)


@blueprint.get("/keys")
def show() -> str:
    """What the keys do."""
    return render_template("keys.html")
