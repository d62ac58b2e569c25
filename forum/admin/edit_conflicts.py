"""Two admins who edit the same thing do not overwrite each other unseen.

A form carries the fingerprint of the values that it was filled with. If the stored values differ when it is submitted,
it is refused once, showing what is stored now; it can then be saved again.
"""

import hashlib
import json
from collections.abc import Mapping

from forum.infra.errors import Invalid
from forum.infra.text.messages import say

Values = Mapping[str, object]
MAX_SHOWN_VALUE = 100  # characters of a stored value in the message


class ChangedMeanwhile(Invalid):
    """The stored values have changed since the form was opened."""

    status, slug = 409, "conflict"


def fingerprint(values: Values) -> str:
    """A short hash of an editable row's values."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()


def require_unchanged(stored: Values, given: Values, *, seen: str | None) -> None:
    """Raise ChangedMeanwhile if `seen` is not the fingerprint of the stored values and saving would change any."""
    if seen is None or seen == fingerprint(stored):
        return
    faults = {
        name: [say("Stored now: “%(value)s”. Save again to replace it.", value=_shown(stored[name]))]
        for name in given
        if given[name] != stored[name]
    }
    if faults:
        raise ChangedMeanwhile(faults, say("Somebody else has changed this meanwhile. Nothing is saved yet."))


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= MAX_SHOWN_VALUE else text[:MAX_SHOWN_VALUE] + "…"
