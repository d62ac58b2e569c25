"""Forms to pin, lock, move, merge and copy threads."""

from marshmallow import Schema, fields, validate

from forum.schemas.sanction import LocalMoment
from forum.schemas.shapes import MAX_ID, ChosenNumber, CleanText, OptionalNumber, WholeNumber, count, identifier
from forum.schemas.writing import MAX_CHOSEN, MAX_LINE_INPUT, TitleIn
from forum.threads.rules import MAX_REDIRECT_DAYS

PIN_PLACES = ("nowhere", "board", "everywhere")
LOCK_STATES = ("open", "locked", "later")
REDIRECT_WORDS = "For how many days the list of the old board leads to it; 0 for good, null not at all."


def wider_field() -> fields.Boolean:
    """Whether an act is done even if more people see posts afterwards."""
    words = "Do it even if posts become visible to more people; without it that is refused with 409 and type `wider`."
    return fields.Boolean(load_default=False, metadata={"description": words})


def redirect_field() -> OptionalNumber:
    """For how long the list of the old board leads to a thread."""
    days = validate.Range(0, MAX_REDIRECT_DAYS)
    return OptionalNumber(load_default=None, validate=days, metadata={"description": REDIRECT_WORDS})


def _post_of_many(words: str) -> OptionalNumber:
    return OptionalNumber(load_default=None, validate=validate.Range(1, MAX_ID), metadata={"description": words})


class PinFormIn(Schema):
    """Where a thread is pinned, and until when."""

    place = CleanText(required=True, validate=validate.OneOf(PIN_PLACES))
    pinned_until = LocalMoment(load_default=None)


class LockFormIn(Schema):
    """Whether a thread is locked, from when and until when, and why."""

    state = CleanText(required=True, validate=validate.OneOf(LOCK_STATES))
    locks_at = LocalMoment(load_default=None)
    locked_until = LocalMoment(load_default=None)
    lock_reason = CleanText(load_default="", most=MAX_LINE_INPUT)


class MoveFormIn(Schema):
    """The board that a thread is moved to, and for how long the old one leads to it."""

    board = ChosenNumber(required=True, validate=validate.Range(1, MAX_ID))
    redirect_days = redirect_field()


class MergeFormIn(Schema):
    """The number or the address of the thread that gets the posts, and for how long the old board leads to it."""

    into = CleanText(required=True, most=MAX_LINE_INPUT)
    redirect_days = redirect_field()


class MergeIn(Schema):
    """The thread that gets the posts."""

    into = WholeNumber(required=True, validate=validate.Range(1, MAX_ID))
    redirect_days = redirect_field()
    wider = wider_field()


class SplitIn(Schema):
    """The posts that go to another thread, and the title and board of a new one, or an existing one."""

    post_ids = fields.List(
        WholeNumber(validate=validate.Range(1, MAX_ID)),
        load_default=list,
        validate=validate.Length(0, MAX_CHOSEN),
        metadata={"description": "Posts of the thread; the first of them opens the new one."},
    )
    first_post_id = _post_of_many("The first of many posts: it goes with all that follow it, up to `last_post_id`.")
    last_post_id = _post_of_many("The last of many posts; that of the thread if it is left out.")
    title = CleanText(load_default="", most=MAX_LINE_INPUT, metadata={"description": "The title of a new thread."})
    board_id = OptionalNumber(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The board of the new thread; that of the thread if it is left out."},
    )
    into = OptionalNumber(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The thread that gets the posts, in place of a new one."},
    )
    wider = wider_field()


class CopyFormIn(TitleIn):
    """The title and the board of a copy."""

    board = ChosenNumber(required=True, validate=validate.Range(1, MAX_ID))


class CopyIn(Schema):
    """The board of a copy, its title, and which posts are copied."""

    board_id = WholeNumber(required=True, validate=validate.Range(1, MAX_ID))
    title = CleanText(
        load_default=None, most=MAX_LINE_INPUT, metadata={"description": "That of the thread if it is left out."}
    )
    post_ids = fields.List(
        WholeNumber(validate=validate.Range(1, MAX_ID)),
        load_default=None,
        validate=validate.Length(1, MAX_CHOSEN),
        metadata={"description": "Posts of the thread; all that are public if they are left out."},
    )
    wider = wider_field()


class ThreadMergeOut(Schema):
    """A merge of threads with many posts: a job moves them, which takes a minute or a few."""

    id = identifier()
    state = fields.String(required=True, validate=validate.OneOf(("running", "finished")))
    source_id = identifier()
    into_id = identifier()
    planned = count("Posts that get another place.")
    done = count("Posts that are where they will be.")


class ThreadSplitOut(Schema):
    """A split of many posts: a job moves them, which takes a minute or a few."""

    id = identifier()
    state = fields.String(required=True, validate=validate.OneOf(("running", "finished")))
    source_id = identifier()
    into_id = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The thread with the posts; null until it exists, and if none could be moved."},
    )
    planned = count("Posts that get another place.")
    done = count("Posts that are where they will be.")
    merge_id = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The merge into the thread that was there before, in which the split ends, if any."},
    )


class ThreadErasureOut(Schema):
    """The deletion of a thread with many posts for good: a job removes them, which takes a minute or a few."""

    id = identifier()
    state = fields.String(required=True, validate=validate.OneOf(("running", "finished")))
    thread_id = identifier()
    planned = count("Posts of the thread.")
    done = count("Posts that are gone.")
