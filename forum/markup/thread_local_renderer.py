"""A parser and the two gates for each thread: bleach keeps state while it works, and making them anew takes longer."""

import threading

from forum.markup.parser import Parser
from forum.markup.sanitize import Sanitizers


class ThreadLocalRenderer(threading.local):
    """What one thread renders with."""

    def __init__(self) -> None:
        self.parser = Parser()
        self.gates = Sanitizers()


renderer = ThreadLocalRenderer()
