"""Limits of ignoring and following."""

MAX_IGNORED = 1000  # by one member: they are read with the member's row
MAX_FOLLOWED = 1000
MAX_LISTED_FOLLOWERS = 10_000
