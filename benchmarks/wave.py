"""A wave of spam: 200 registrations and 2,000 posts from 500 addresses in ten minutes, while 20 newcomers post.

The spammers use browsers, so they compute the proof of work and wait as a form asks. A newcomer reads, registers and
posts twice. Moderators look only at the end, at the first 40 of the queue.
"""

import argparse
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from benchmarks import environment, wave_texts
from benchmarks.assertions import Assertions
from benchmarks.cleaning import Cleaning, clean_and_undo
from benchmarks.forum_under_test import Forum, prepare
from benchmarks.servers import running
from benchmarks.wave_people import Person
from forum.infra.database.db import transaction
from forum.models import Board, Thread as ThreadRow
from forum.spam import actions as spam
from forum.spam.jobs import learn_spam
from tests.factories import a_member, a_post, a_thread
from tests.servers import LOOPBACK, free_port

SPAMMERS, SPAM, ADDRESSES, NEWCOMERS, HONEST_POSTS = 200, 2_000, 500, 20, 2
DECISIONS, SPAM_AMONG_THEM = 400, 100
MINUTES = 10.0
WATCH_SECONDS = 1.0
MOST_PUBLIC = 0.01  # of the spam, at any time
LEAST_UNHELD = 0.8  # of the newcomers' posts
FIRST = 40  # of the queue, in which each held post of a newcomer stands


@dataclass
class Watched:
    """What was public while the wave ran: the most spam at once, and how often it was looked."""

    most: int = 0
    looks: int = 0
    ended: Event = field(default_factory=Event)
