"""What programs write: the rooms judge it as they judge forms, and these schemas describe exactly what they take."""

from marshmallow import Schema, validate

from forum.base.text import INVISIBLE
from forum.schemas.shapes import MAX_ID, CleanText, JsonWhole
from forum.threads.rules import BODY_MAX, TITLE_MAX, TITLE_MIN

# a mark that leaves ink, and what may stand between two of those
_MARK, _BETWEEN, _SPACE = f"[^{INVISIBLE}]", f"[{INVISIBLE}]*", r"[ \t\n]"
_GAP = f"{_BETWEEN}{_SPACE}{_BETWEEN}"
# letters that are certainly wide: kana, ideographs, Korean syllables
_WIDE = "[\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0002a6df]"
# marks of four columns; a space between them is one, a wide letter two
_FOUR = "|".join(
    (
        f"{_MARK}{_BETWEEN}{_MARK}{_BETWEEN}{_MARK}{_BETWEEN}{_MARK}",
        f"{_MARK}{_GAP}{_MARK}{_BETWEEN}{_MARK}|{_MARK}{_BETWEEN}{_MARK}{_GAP}{_MARK}",
        f"{_WIDE}{_BETWEEN}{_WIDE}|{_WIDE}{_GAP}{_MARK}|{_MARK}{_GAP}{_WIDE}",
        f"{_WIDE}{_BETWEEN}{_MARK}{_BETWEEN}{_MARK}|{_MARK}{_BETWEEN}{_WIDE}{_BETWEEN}{_MARK}",
        f"{_MARK}{_BETWEEN}{_MARK}{_BETWEEN}{_WIDE}",
    )
)


class PostIn(Schema):
    """What a post says."""

    body = CleanText(
        required=True,
        most=2 * BODY_MAX,
        validate=validate.Length(max=BODY_MAX),
        metadata={"description": "Markdown, 1 to 50,000 characters.", "minLength": 1, "pattern": _MARK},
    )


class TitleIn(Schema):
    """Another title of a thread."""

    title = CleanText(
        required=True,
        most=1000,
        validate=validate.Length(max=TITLE_MAX),
        metadata={
            "description": "4 to 150 characters; of Chinese, Japanese or Korean 2 are enough. Spaces in a row are one.",
            "minLength": TITLE_MIN // 2,
            "pattern": _FOUR,
        },
    )


class ThreadIn(PostIn, TitleIn):
    """A new thread with its first post."""


class ReasonIn(Schema):
    """Why something is deleted."""

    reason = CleanText(
        load_default="",
        most=1000,
        metadata={"description": "Written to the moderation log; what is over 200 characters is cut off."},
    )


class EditIn(PostIn):
    """A post's new text."""

    seen_revision = JsonWhole(
        load_default=None,
        validate=validate.Range(0, MAX_ID),
        metadata={"description": "The revision the editor began from; if somebody has edited since, 409."},
    )
