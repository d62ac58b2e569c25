"""Pictures that people upload: decoded within limits, and encoded again, so that nothing but the picture is kept."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from forum.infra.errors import Invalid
from forum.infra.text.messages import say

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")  # no SVG, which is a program
MAX_PIXELS = 4_000_000  # decoded in less than 0.1 s; checked before anything is decoded
REDUCING_GAP = 3.0  # a large picture is first made smaller in a cheaper way
LOSSY_QUALITY = 90


@dataclass(frozen=True)
class EncodedImage:
    """A picture ready to be served."""

    content_type: str
    width: int
    height: int
    content: bytes


def decode(data: bytes, *, field: str) -> Image.Image:
    """The picture in a file, upright. Raises Invalid, at the form's field, for other files and too many pixels."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Invalid({field: [say("Choose a picture of at most 4 million pixels.")]})
            upright = ImageOps.exif_transpose(image)  # decodes; only the first picture of an animation
            return upright.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid({field: [say("Choose a picture of at most 4 million pixels.")]}) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Invalid({field: [say("This is not a PNG, JPEG, WebP or GIF picture, or it is damaged.")]}) from error


def fitted(image: Image.Image, width: int, height: int) -> EncodedImage:
    """The picture, made smaller if it does not fit, as WebP: lossless if that is smaller."""
    image.thumbnail((width, height), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    encoded = (_saved(image, "WEBP", lossless=True), _saved(image, "WEBP", quality=LOSSY_QUALITY))
    return EncodedImage("image/webp", image.width, image.height, min(encoded, key=len))


def square_png(image: Image.Image, size: int, *, background: str = "#0000", margin: int = 0) -> EncodedImage:
    """The whole picture in the middle of a square, as PNG."""
    square, inner = Image.new("RGBA", (size, size), background), size - 2 * margin
    fitting = ImageOps.pad(image, (inner, inner), Image.Resampling.LANCZOS, color="#0000")
    square.alpha_composite(fitting, (margin, margin))
    return EncodedImage("image/png", size, size, _saved(square, "PNG", optimize=True))


def square_webp(image: Image.Image, size: int) -> bytes:
    """The whole picture in the middle of a square, as WebP: lossless if that is smaller."""
    image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
    return fitted(ImageOps.pad(image, (size, size), Image.Resampling.LANCZOS, color="#0000"), size, size).content


def icon_file(image: Image.Image, sizes: tuple[int, ...]) -> EncodedImage:
    """An ICO file of the picture in several sizes."""
    largest = max(sizes)
    square = ImageOps.pad(image, (largest, largest), Image.Resampling.LANCZOS, color="#0000")
    content = _saved(square, "ICO", sizes=[(size, size) for size in sizes])
    return EncodedImage("image/x-icon", largest, largest, content)


def _saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    target = BytesIO()
    image.save(target, file_format, **options)
    return target.getvalue()
