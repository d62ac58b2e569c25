"""A TCP proxy that can become a black hole: it accepts and reads data but forwards nothing."""

import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import cast

from tests.servers import LOOPBACK


class BlackHoleProxy:
    """A proxy on loopback; while `swallows` is set it accepts connections and discards data."""

    def __init__(self, port: int) -> None:
        self.is_black_hole, self._over = Event(), Event()
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port, self._to = int(self._listener.getsockname()[1]), port
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close all connections."""
        self._over.set()
        self._thread.join(10)

    def _run(self) -> None:
        with selectors.DefaultSelector() as ready, self._listener:
            ready.register(self._listener, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in ready.select(0.05):
                    if key.fileobj is self._listener:
                        self._take(ready)
                    else:
                        self._pass_on(ready, key)
            for key in list(ready.get_map().values()):
                _socket(key).close()

    def _take(self, ready: selectors.DefaultSelector) -> None:
        near, _ = self._listener.accept()
        far = socket.create_connection((LOOPBACK, self._to))
        ready.register(near, selectors.EVENT_READ, far)
        ready.register(far, selectors.EVENT_READ, near)

    def _pass_on(self, ready: selectors.DefaultSelector, key: selectors.SelectorKey) -> None:
        data = b""
        with suppress(OSError):
            data = _socket(key).recv(65536)
            if data:
                if not self.is_black_hole.is_set():
                    key.data.sendall(data)
                return
        for each in (_socket(key), key.data):
            with suppress(KeyError, ValueError):
                ready.unregister(each)
            each.close()


def _socket(key: selectors.SelectorKey) -> socket.socket:
    return cast("socket.socket", key.fileobj)


@contextmanager
def proxy_to(port: int) -> Iterator[BlackHoleProxy]:
    """A proxy to a port of this machine."""
    proxy = BlackHoleProxy(port)
    try:
        yield proxy
    finally:
        proxy.stop()
