"""An archive in which every text by members and operators is one unbroken word of maximum length."""

import json
from pathlib import Path
from typing import Any

from tests.factories import password_hash

MOMENT = "2024-05-12T10:00:00Z"
NAME, OTHER = "W" * 30, "M" * 30
TITLE = "W" * 79


def word(length: int, letter: str = "W") -> str:
    """One unbroken word."""
    return letter * length


BODY = f"""# {word(79)}

{word(79)} **{word(79)}** @"{OTHER}" @{OTHER} https://example.org/{word(79)} :coffee:

> [{OTHER} said:](/posts/1)
> {word(200)}

- [ ] {word(79)}
  1. {word(79)}
     - {word(79)}

| {word(79)} | {word(79)} |
|---|---|
| {word(79)} | `{word(79)}` |

`{word(79)}`

    {word(200)}

:::spoiler {word(79)}
{word(79)}
:::

:::card
**[{word(79)}](https://example.org/)**

{word(79)}
:::

![{word(79)}](https://example.org/{word(79)}.png)
"""


def write(folder: Path) -> Path:
    """Write the archive."""
    folder.mkdir()
    (folder / "site.json").write_text(
        json.dumps({"format": "forum-archive", "version": 1, "name": word(79), "description": word(79)})
    )
    for name, lines in _lines().items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def _lines() -> dict[str, list[dict[str, Any]]]:
    about = {"country": word(60), "location": word(60), "about": word(2000), "custom_title": word(60)}
    member = {"joined_at": MOMENT, "password_hash": password_hash(), "base_message_count": 100} | about
    thread = {"board": word(100, "B"), "started_at": MOMENT, "view_count": 1234567}
    post = {"created_at": MOMENT, "source": BODY}
    return {
        "reaction_kinds": [{"key": "like", "name": word(30), "symbol": "👍", "score": 1}],
        "smilies": [{"code": ":coffee:", "name": "Coffee", "symbol": "☕"}],
        "members": [
            {"username": NAME, "role": "admin", "email": "w@example.org"} | member,
            {"username": OTHER, "email": "m@example.org"} | member,
        ],
        "boards": [
            {"title": word(100, "C"), "is_category": True, "description": word(300)},
            {"title": word(100, "B"), "parent": word(100, "C"), "description": word(300)},
            {"title": word(100, "S"), "parent": word(100, "B"), "description": word(300)},
        ],
        "threads": [
            {"id": 1, "title": TITLE, "starter": NAME, "is_pinned": True, "is_locked": True} | thread,
            {"id": 2, "title": word(150), "starter": OTHER} | thread,
        ],
        "posts": [
            {"thread": 1, "position": 1, "author": NAME, "edited_at": MOMENT, "editor": NAME} | post,
            {"thread": 1, "position": 2, "author": OTHER} | post,
            {"thread": 1, "position": 3, "author": OTHER, "delete_reason": word(200), "deleted_at": MOMENT} | post,
            {"thread": 2, "position": 1, "author": OTHER} | post,
        ],
        "post_revisions": [
            {"thread": 1, "position": 1, "number": 1, "editor": NAME, "replaced_at": MOMENT, "source": word(300, "X")}
        ],
        "reactions": [
            {"thread": 1, "position": 1, "member": name, "kind": "like", "created_at": MOMENT} for name in (NAME, OTHER)
        ],
        "alerts": [
            {"member": NAME, "kind": kind, "thread": 1, "position": position, "actor": OTHER, "created_at": MOMENT}
            for kind, position in (("mention", 2), ("reply", 3))
        ],
        "log": [
            {"at": MOMENT, "actor": NAME, "action": "delete-post", "target": "post:3", "details": {"reason": word(200)}}
        ],
    }
