"""Addresses in the download of own data."""

from typing import Any

from forum.infra.database.db import current_settings
from forum.models import Visibility
from forum.site.access import AccessScope


def with_address(row: dict[str, Any], scope: AccessScope) -> dict[str, Any]:
    """A row without its board; with the address of a thread that its member may see, else without the title."""
    if "board_id" not in row:
        return row
    if "id" not in row:  # the board itself
        hidden = {"board_id"} if row["board_id"] in scope.see else {"board_id", "title"}
        return {name: value for name, value in row.items() if name not in hidden}
    thread_id = row.get("thread_id", row["id"])
    is_gone = row.pop("is_gone")
    row["visibility"] = Visibility(row["visibility"]).name.lower()
    shared = scope.shared if "thread_id" in row else scope.see  # without it, a thread of their own
    if row.pop("board_id") not in shared or is_gone:
        return {name: value for name, value in row.items() if name != "title"}
    home = current_settings().base_url
    return row | {"address": f"{home}/posts/{row['id']}" if "thread_id" in row else f"{home}/threads/{thread_id}"}
