"""One address before several nodes: each connection goes to the next node that takes it."""

import asyncio
import threading
from contextlib import suppress

from tests.servers import LOOPBACK, free_port

CHUNK = 65536


class Balancer:
    """Forwards connections in turn, in a thread of its own; a node that refuses is passed over."""

    def __init__(self, ports: list[int]) -> None:
        self.port, self._nodes, self._turn = free_port(), ports, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._is_up = threading.Event()

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self._is_up.wait(10)

    def stop(self) -> None:
        """Listen no more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._forward, LOOPBACK, self.port))
        self._is_up.set()
        self._loop.run_forever()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await self._connect()
        if found is None:
            writer.close()
            return
        there_reader, there_writer = found
        await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self._nodes:
            self._turn += 1
            with suppress(OSError):
                return await asyncio.open_connection(LOOPBACK, self._nodes[self._turn % len(self._nodes)])
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
