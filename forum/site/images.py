"""The site's own pictures: which there are, and their content."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.per_app import PerApp
from forum.models import SiteImage

ENDINGS = {"image/webp": "webp", "image/png": "png", "image/x-icon": "ico"}
DIGEST_CHARACTERS = 20  # of the SHA-256 in an address


class Picture(NamedTuple):
    """A picture as pages refer to it; the address changes with the content."""

    path: str
    width: int
    height: int


_contents = PerApp[dict[str, tuple[str, bytes]]](lambda _: {})  # by address: type and content


def load_pictures() -> dict[str, Picture]:
    """The site's pictures by name; for the snapshot."""
    columns = (SiteImage.name, SiteImage.digest, SiteImage.content_type, SiteImage.width, SiteImage.height)
    rows = session.execute(select(*columns).order_by(SiteImage.name))
    return {
        row.name: Picture(_path_of(row.digest, row.content_type), row.width, row.height)
        for row in rows
        if row.content_type in ENDINGS
    }


def content_at(path: str, pictures: Mapping[str, Picture]) -> tuple[str, bytes] | None:
    """The type and content of the picture at an address; None if it is not one of the site's pictures (any more)."""
    contents = _contents.here()
    name = next((name for name, picture in pictures.items() if picture.path == path), None)
    if name is None:
        return None
    if path not in contents:
        columns = (SiteImage.digest, SiteImage.content_type, SiteImage.content)
        row = session.execute(select(*columns).where(SiteImage.name == name)).first()
        if row is None or _path_of(row.digest, row.content_type) != path:  # replaced meanwhile
            return None
        for old in set(contents) - {picture.path for picture in pictures.values()}:
            contents.pop(old, None)
        contents[path] = (row.content_type, row.content)
    return contents[path]


def _path_of(digest: str, content_type: str) -> str:
    return f"/site-images/{digest[:DIGEST_CHARACTERS]}.{ENDINGS[content_type]}"
