"""QR codes as the path of an SVG image, for a template to draw."""

from dataclasses import dataclass

import segno

QUIET_ZONE = 4  # modules around the code, which scanners need (ISO 18004)


@dataclass(frozen=True)
class QrCode:
    """The width of the image in modules, and an SVG path of the dark ones."""

    width: int
    path: str


def qr_code(text: str) -> QrCode:
    """The QR code of a text, without a script or an image file: one line per row of dark modules."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=QUIET_ZONE)]
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return QrCode(len(rows), "".join(dark))
