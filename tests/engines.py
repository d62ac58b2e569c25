"""Firefox and WebKitGTK, driven by the commands of WebDriver that they understand by themselves.

Firefox takes them over a socket (Marionette), WebKitGTK's driver over HTTP; WebKitGTK needs a display, of memory only.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from tests.parts import require_part
from tests.servers import LOOPBACK, free_port

STARTS = 60.0  # seconds until a browser must be ready on a busy machine
WAITS = 20.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the standard's name of an element's id
WINDOW = {"x": 0, "y": 0, "width": 1400, "height": 880}
# The second name of each command is its method and path at WebKitGTK's driver.
COMMANDS = {
    "Navigate": ("POST", "url"),
    "SetWindowRect": ("POST", "window/rect"),
    "ExecuteScript": ("POST", "execute/sync"),
    "FindElement": ("POST", "element"),
    "ElementClick": ("POST", "element/{id}/click"),
    "ElementSendKeys": ("POST", "element/{id}/value"),
}
# No first page, no reports, no updates: the tests' browser speaks to the tests' forum alone.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
}
Call = Callable[[str, dict[str, Any]], Any]
Found = TypeVar("Found")


class Window:
    """A browser's one window."""

    def __init__(self, call: Call) -> None:
        self._call = call
        call("SetWindowRect", WINDOW)

    def go(self, address: str) -> None:
        """Open a page."""
        self._call("Navigate", {"url": address})

    def run(self, script: str, *args: object) -> Any:
        """What a function's body returns in the page."""
        return self._call("ExecuteScript", {"script": script, "args": list(args)})

    def click(self, selector: str) -> None:
        """Click an element, as with a mouse."""
        self._call("ElementClick", {"id": self._find(selector)})

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self._call("ElementSendKeys", {"id": self._find(selector), "text": text})

    def wait(self, what: str, seconds: float = WAITS) -> None:
        """Wait until an expression is true in the page; one on which a page is just being replaced is not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(RuntimeError):
                if self.run(f"return Boolean({what})"):
                    return
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {what}\n{self.run('return document.body.innerText')[:2000]}")

    def send(self, selector: str) -> None:
        """Click a button that leads to another page, and wait for that page."""
        self.run("document.documentElement.dataset.old = 1")
        self.click(selector)
        self.wait("!document.documentElement.dataset.old && document.readyState === 'complete'")

    def _find(self, selector: str) -> str:
        self.run(
            "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center', behavior: 'instant' })", selector
        )
        return str(self._call("FindElement", {"using": "css selector", "value": selector})[ELEMENT])


@contextmanager
def firefox(folder: Path) -> Iterator[Window]:
    """A Firefox without windows and with a profile of its own."""
    port = free_port()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    folder.joinpath("user.js").write_text("\n".join([*lines, f'user_pref("marionette.port", {port});']))
    command = [require_part("Firefox"), "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    with ExitStack() as stack:
        stack.enter_context(_running(command, os.environ | {"HOME": str(folder)}, folder / "log"))
        connection = stack.enter_context(_until_ready(lambda: socket.create_connection((LOOPBACK, port), STARTS)))
        answers = stack.enter_context(connection.makefile("rb"))
        sent = 0

        def read() -> Any:
            length = b""
            while (sign := answers.read(1)) != b":":
                length += sign
            return json.loads(answers.read(int(length)))

        def call(command: str, fields: dict[str, Any]) -> Any:
            nonlocal sent
            sent += 1
            message = json.dumps([0, sent, f"WebDriver:{command}", fields]).encode()
            connection.sendall(b"%d:%b" % (len(message), message))
            _, _, error, found = read()
            if error:
                raise RuntimeError(error)
            return found.get("value", found)

        read()  # the greeting
        call("NewSession", {"capabilities": {"alwaysMatch": {}}})
        yield Window(call)


@contextmanager
def webkit(folder: Path) -> Iterator[Window]:
    """WebKitGTK's small browser on a display of memory."""
    port = free_port()
    driver = f"http://{LOOPBACK}:{port}/"
    options = {"binary": require_part("WebKitGTK"), "args": ["--automation"]}

    def request(method: str, path: str, fields: dict[str, Any] | None = None) -> Any:
        body = None if fields is None else json.dumps(fields).encode()
        asked = urllib.request.Request(driver + path, body, method=method)  # noqa: S310 - our own loopback address
        try:
            with urllib.request.urlopen(asked, timeout=STARTS) as answer:  # noqa: S310
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from error

    with ExitStack() as stack:
        display = stack.enter_context(_display(folder))
        environment = os.environ | {"DISPLAY": display, "GDK_BACKEND": "x11", "HOME": str(folder)}
        stack.enter_context(_running(["WebKitWebDriver", f"--port={port}"], environment, folder / "log"))
        _until_ready(lambda: request("GET", "status"))
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        session = f"session/{request('POST', 'session', asked)['sessionId']}"
        stack.callback(request, "DELETE", session)

        def call(command: str, fields: dict[str, Any]) -> Any:
            method, path = COMMANDS[command]
            return request(method, f"{session}/{path.format(**fields)}", fields)

        yield Window(call)


@contextmanager
def _display(folder: Path) -> Iterator[str]:
    """The name of a new X display."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
    with _running(command, dict(os.environ), folder / "display.log", keep=writing), os.fdopen(reading) as number:
        os.close(writing)
        yield f":{number.readline().strip()}"


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path, *, keep: int = 0) -> Iterator[None]:
    with log.open("wb") as output:
        program = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, pass_fds=[keep] if keep else []
        )
    try:
        yield
    finally:
        program.terminate()
        try:
            program.wait(WAITS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _until_ready(act: Callable[[], Found]) -> Found:
    end = time.monotonic() + STARTS
    while True:
        try:
            return act()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
