"""An event loop for a test, in a thread of its own: in the main one a browser's may be running."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Outcome = TypeVar("Outcome")


def run(story: Coroutine[Any, Any, Outcome]) -> Outcome:
    """What a coroutine comes to."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()
