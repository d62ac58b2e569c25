"""Limits of the mail queue."""

from datetime import timedelta

CLAIM = timedelta(minutes=1)  # for which the job that sends a message keeps others from it
GIVEN_UP_LIFETIME = timedelta(days=7)  # since it was written
MAX_ERROR = 300  # characters
ENTRIES_PER_PAGE, MAX_PAGES = 50, 100
MAX_LINE = 990  # characters of a header: an address that is folded is read wrongly, and SMTP takes 998
MAX_ENCODED_LINE = 76  # of a header with words that are not in ASCII (RFC 2047)
MAX_SELECTOR = 63  # characters of a DKIM selector
