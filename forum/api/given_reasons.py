"""The reasons that bodies give, with the prepared reason that they name."""

from collections.abc import Mapping
from typing import Any

from forum.decisions.actions import Grounds
from forum.decisions.prepared import grounds_of
from forum.models import ReasonFor

FIELD = "prepared_reason"


def given_grounds(act: ReasonFor, body: Mapping[str, Any]) -> Grounds:
    """The reason in a body, with the prepared one that it names; Invalid if that is not offered for the act."""
    return grounds_of(act, body.get(FIELD), body.get("reason", ""), field=FIELD)
