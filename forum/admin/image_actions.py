"""Change the site's logo and icons."""

import hashlib
from collections.abc import Mapping

from sqlalchemy import delete, select

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.rules import Administrator, authorize
from forum.audit_log import Change, is_undoing, record
from forum.infra import images
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.images import REDUCING_GAP, EncodedImage
from forum.infra.text.messages import say
from forum.models import Right, SiteImage
from forum.site import actions as site

MAX_UPLOAD_BYTES = 256_000
KINDS = ("logo", "logo_dark", "icon")
LOGO_WIDTH, LOGO_HEIGHT = 288, 32  # pixels at most, on the page
PIXEL_RATIO = 3  # of the sharpest screens for which a logo is stored
MIN_ICON = 48  # pixels
ICON, ICON_APPLE, ICON_SIZES = 192, 180, (16, 32, 48)
ICON_APP, MASK_MARGIN = 512, 52  # systems cut icons of apps to shapes, which leave the inner 80 per cent
ICON_NAMES = ("icon_apple", "icon_ico", "icon_512", "icon_maskable")  # made from an icon besides "icon"


def encode_image(kind: str, data: bytes) -> dict[str, EncodedImage]:
    """The pictures to store for an uploaded file, by name; takes up to 0.1 s, so call it before writing.

    Raises Invalid, at the field `kind`, for what is not a picture, too large, or too small for an icon.
    """
    picture = images.decode(data, field=kind)
    if kind != "icon":
        return {kind: images.fitted(picture, LOGO_WIDTH * PIXEL_RATIO, LOGO_HEIGHT * PIXEL_RATIO)}
    if min(picture.size) < MIN_ICON:
        raise Invalid({kind: [say("Choose a picture of at least %(num)d × %(num)d pixels.", num=MIN_ICON)]})
    picture.thumbnail((ICON_APP, ICON_APP), reducing_gap=REDUCING_GAP)
    return {
        "icon": images.square_png(picture, ICON),
        "icon_apple": images.square_png(picture, ICON_APPLE, background="#fff"),
        "icon_ico": images.icon_file(picture, ICON_SIZES),
        "icon_512": images.square_png(picture, ICON_APP),
        "icon_maskable": images.square_png(picture, ICON_APP, background="#fff", margin=MASK_MARGIN),
    }


def image_values(kind: str) -> dict[str, object]:
    """What an admin has seen of a picture, as the value that is compared and logged."""
    digest = session.scalar(select(SiteImage.digest).where(SiteImage.name == kind))
    return {kind: digest[:10] if digest else ""}


def set_image(actor: Administrator, kind: str, encoded: Mapping[str, EncodedImage], *, seen: str | None = None) -> bool:
    """Store the pictures of a kind in place of the ones before, or none; returns whether anything changed.

    Raises ChangedMeanwhile, as other changes by admins do.
    """
    admin = authorize(actor, Right.MANAGE_SETTINGS)
    site.lock()
    rows = [_row(name, each) for name, each in encoded.items()]
    stored = image_values(kind)
    given: dict[str, object] = {kind: rows[0].digest[:10] if rows else ""}
    require_unchanged(stored, given, seen=seen)
    if given == stored:
        return False
    session.execute(delete(SiteImage).where(SiteImage.name.in_([kind, *_names_of(kind)])))
    session.add_all(rows)
    change = Change(stored, given) if is_undoing() or not stored[kind] else None  # pictures before are not kept
    record("change-setting", actor=admin, target=f"setting:{kind}", change=change, was=stored[kind], now=given[kind])
    site.bump_version()
    return True


def _names_of(kind: str) -> tuple[str, ...]:
    return ICON_NAMES if kind == "icon" else ()


def _row(name: str, image: EncodedImage) -> SiteImage:
    """A row; a logo has the size at which pages show it."""
    shrunk = 1.0 if name.startswith("icon") else min(1, LOGO_WIDTH / image.width, LOGO_HEIGHT / image.height)
    return SiteImage(
        name=name,
        content_type=image.content_type,
        width=max(1, round(image.width * shrunk)),
        height=max(1, round(image.height * shrunk)),
        digest=hashlib.sha256(image.content).hexdigest(),
        content=image.content,
    )
