"""A round-robin TCP load balancer in front of several nodes."""

import asyncio
import threading
from contextlib import suppress

from tests.servers import LOOPBACK, free_port

CHUNK = 65536
PATIENCE = 10.0


class Balancer:
    """Forwards connections round-robin, in its own thread, skipping nodes that refuse."""

    def __init__(self, ports: list[int]) -> None:
        self.port, self._nodes, self._turn = free_port(), ports, 0
        self._loop, self._over = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._is_up = threading.Event()

    def start(self) -> None:
        """Start listening."""
        self._thread.start()
        self._is_up.wait(PATIENCE)

    def stop(self) -> None:
        """Stop listening and close all connections."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:  # cancels open connections
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._forward, LOOPBACK, self.port)
        self._is_up.set()
        await self._over.wait()
        server.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await self._connect()
        if found is None:
            writer.close()
            return
        node_reader, node_writer = found
        with suppress(asyncio.CancelledError):
            await asyncio.gather(_pump(reader, node_writer), _pump(node_reader, writer))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to the next node that accepts it; each client connection advances the rotation."""
        self._turn += 1
        first = self._turn
        for step in range(len(self._nodes)):
            with suppress(OSError):
                return await asyncio.open_connection(LOOPBACK, self._nodes[(first + step) % len(self._nodes)])
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()
