"""Limits of the mail that is read."""

from datetime import timedelta

MAX_BYTES = 10 * 2**20  # of a message; a larger one is not fetched
MAX_PARTS = 300
MAX_MULTIPARTS = 30  # each can be inside another
MAX_HEADER_BYTES = 100_000
MAX_FIELD_BYTES = 4_000  # of a header such as Content-Type: the parser's time grows with its square
MAX_DASHED_LINES = 3_000  # that may be boundaries, which can be written in ways of which we do not know
MAX_RAW_LINES = 200_000  # of a message with everything that is attached
MAX_TEXT = 200_000  # characters of a part that are looked at
MAX_LINES = 5_000
MAX_TAGS, MAX_TAG_DEPTH = 20_000, 200  # of HTML that is read as such
MAX_WORDS = 5  # of one message that are followed
MESSAGES_PER_RUN, RUN_SECONDS = 100, 40.0
ENTRY_LIFETIME = timedelta(days=90)
REFUSAL_PAUSE = timedelta(days=1)  # between two mails to a member for one reason
SHORT_WAIT_SECONDS = 120  # a post that is too fast by no more than this is tried again instead of refused
MAX_WAITS, WAITS_SECONDS = 60, 3600  # times that a member's messages are tried again; further ones are refused
MAX_RETURNED = 5_000  # characters of a refused text in the mail that says so
