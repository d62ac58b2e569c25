"""Limits of digests, and the numbers of the model that chooses what they tell; a page says them in words."""

from datetime import timedelta

KIND = SCOPE = "digest"  # of the message in the queue, and of the link that unsubscribes from it
MAX_WATCHED, MAX_POPULAR = 5, 5  # threads of a digest
LEAST_WATCHED, LEAST_POPULAR = 1, 3  # with less of both, none is sent
MAX_COUNTED = 25  # threads that are looked at for one digest; more are "25+"
MAX_COUNTED_POSTS = 200  # new posts of a thread
AWAY = timedelta(days=7)  # members who have chosen nothing get a digest if they were not here for so long,
FORGOTTEN = timedelta(days=365)  # but none any more after this
DAY, WEEK = timedelta(days=1), timedelta(days=7)
LATE = timedelta(days=2)  # posts that were published late, or jobs that did not run: looked at again
LONGEST = timedelta(days=30)  # older posts are never told
TOLD_LIFETIME = LONGEST + LATE  # threads that were told are remembered for longer than they can be new
REST = timedelta(hours=12)  # between two digests of a member, whatever they change

REPLIER_POINTS, REACTION_POINTS = 2, 1  # for each member
HALF_LIFE = timedelta(days=3)  # since the last reply
LEAST_MEMBERS = 2  # besides the starter, who replied or reacted
POPULAR_AGE = LONGEST  # of threads, at most
MAX_SCORED = 20_000  # of the newest posts, and of the newest reactions
MAX_POPULAR_THREADS = 1000  # of the whole forum
POPULAR_SECONDS = 600.0  # for which the list is kept

MAX_WAITING = 200  # digests in the mail queue; the others wait, so that other mail is not late
EXCERPT = 200  # characters
