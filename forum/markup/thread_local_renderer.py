"""A parser and sanitizers per thread: bleach is stateful, and creating them for every post is slow."""

import threading

from forum.markup.sanitize import Sanitizers
from forum.markup.syntax.parser import Parser


class ThreadLocalRenderer(threading.local):
    """The parser and sanitizers of one thread."""

    def __init__(self) -> None:
        self.parser = Parser()
        self.gates = Sanitizers()


renderer = ThreadLocalRenderer()
