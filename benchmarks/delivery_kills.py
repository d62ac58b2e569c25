"""Kills parts of two nodes with SIGKILL again and again, at any moment and the moment something was delivered."""

import os
import random
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.services import Service

PAUSES = (0.3, 1.5)  # seconds between two kills
AT_ONCE, LATEST = 0.5, 0.004  # of these kills; seconds after a delivery at which a node is killed at the latest
WHOLE_NODES = 1 / 3  # of the kills; the others end one process, which the node starts again


class Killer(threading.Thread):
    """Kills until it is told to end, and starts what it has killed."""

    def __init__(self, nodes: Sequence[Service]) -> None:
        super().__init__(daemon=True)
        self._nodes, self._dice, self._is_over = nodes, random.Random(), threading.Event()  # noqa: S311 - no secret
        self.kills: list[float] = []

    def run(self) -> None:
        """Kill a process or a node at any moment."""
        while not self._is_over.wait(self._dice.uniform(*PAUSES)):
            node = self._dice.choice(self._nodes)
            if self._dice.random() < WHOLE_NODES:
                node.kill()
                self.kills.append(time.monotonic())
                node.start()
            else:
                self._kill(self._dice.sample(_below(node), k=1) if _below(node) else [])

    def strike(self) -> None:
        """Kill all workers and job processes: at once, before they learn of the delivery, or a moment from now."""
        if self._is_over.is_set():
            return
        if self._dice.random() < AT_ONCE:
            self._strike()
        else:
            threading.Timer(self._dice.uniform(0, LATEST), self._strike).start()

    def _strike(self) -> None:
        self._kill([process for node in self._nodes for process in _below(node)])

    def _kill(self, processes: Sequence[int]) -> None:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.kills.append(time.monotonic())

    def end(self) -> None:
        """Stop killing; all nodes run then."""
        self._is_over.set()
        self.join()


def _below(node: Service) -> list[int]:
    """The ids of a node's workers and of its job process."""
    if node.process is None:
        return []
    with suppress(OSError):
        return [
            int(each) for each in Path(f"/proc/{node.process.pid}/task/{node.process.pid}/children").read_text().split()
        ]
    return []
