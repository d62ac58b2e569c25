"""Builds the wheel, installs it into an empty environment, serves from it and fetches the seed's thread."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
THREAD = re.compile(r'href="(/threads/\d+-russia-china-agree[\w-]*)')
BOARD = re.compile(r'href="(/boards/[\w-]+)"')
VIEWERS = "Users Who Are Viewing This Thread (Total: 1, Members: 0, Guests: 1)"
STYLE = re.compile(r'href="([^"]+\.css[^"]*)"')
# a browser's user agent, because robots are not counted
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
START_SECONDS, STOP_SECONDS = 90, 30


def main() -> None:
    """Build, install, serve, fetch, stop; any failure ends the run with its reason."""
    with tempfile.TemporaryDirectory(prefix="forum-wheel-") as folder:
        work = Path(folder)
        program = install(build(work), work)
        serve_and_ask(program, work)
    print("The wheel serves the document's thread and stops cleanly.")


def build(work: Path) -> Path:
    """Build the wheel with the pinned hatchling."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", work, ROOT, cwd=work)
    (wheel,) = work.glob("*.whl")
    return wheel


def install(wheel: Path, work: Path) -> Path:
    """Install the wheel outside the checkout and return its `forum` command."""
    venv = work / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=work)
    pip = (venv / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-deps")
    run(*pip, "--require-hashes", "--requirement", ROOT / "constraints.txt", cwd=work)
    run(*pip, "--no-index", wheel, cwd=work)
    return venv / "bin" / "forum"


def serve_and_ask(program: Path, work: Path) -> None:
    """Start on an empty data folder, fetch the thread's page, stop by SIGTERM."""
    port = free_port()
    environ = {"PATH": os.environ["PATH"], "HOME": str(work), "FORUM_DATA": str(work / "data")}
    log = work / "serve.log"
    with log.open("wb") as out:
        command = [str(program), "serve", "--port", str(port)]
        server = subprocess.Popen(command, cwd=work, env=environ, stdout=out, stderr=out, start_new_session=True)
    try:
        ask(server, f"http://127.0.0.1:{port}")
        server.send_signal(signal.SIGTERM)
        status = server.wait(STOP_SECONDS)
        check(status == 0, f"forum serve exited with {status} after SIGTERM")
    except BaseException:
        print(log.read_text(errors="replace")[-6000:], file=sys.stderr)
        raise
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def ask(server: "subprocess.Popen[bytes]", address: str) -> None:
    """Check the seed's thread, its viewer block and the style sheet that the page links."""
    path = find_thread(first_page(server, address), address)
    page = get(address + path)
    check('id="viewers"' in page and VIEWERS in text_of(page), f"no viewer block that counts this guest in {path}")
    style = STYLE.search(page)
    check(style is not None, "the page links no style sheet")
    check(bool(style and get(address + style[1])), "the style sheet is empty")


def find_thread(index: str, address: str) -> str:
    """Find the URL of the seed's thread on the index or on a board that it links."""
    boards = (get(address + board) for board in dict.fromkeys(BOARD.findall(index)))
    link = next(filter(None, map(THREAD.search, chain([index], boards))), None)
    check(link is not None, "neither the index nor a board on it links the document's thread")
    return link[1] if link else ""


def first_page(server: "subprocess.Popen[bytes]", address: str) -> str:
    """Fetch the index as soon as the server answers."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return get(address + "/")
        except OSError:
            check(server.poll() is None, "forum serve exited unexpectedly")
            check(time.monotonic() < until, f"forum serve did not respond within {START_SECONDS} s")
            time.sleep(0.2)


def get(url: str) -> str:
    """Fetch a URL as a browser would."""
    with urlopen(Request(url, headers={"User-Agent": BROWSER}), timeout=10) as answer:
        return str(answer.read().decode())


def text_of(page: str) -> str:
    """Return a page's text without tags and line breaks."""
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def free_port() -> int:
    """Return a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command outside the checkout, so that nothing is imported from it by accident."""
    environ = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    subprocess.run(command, cwd=cwd, env=environ, check=True)


def check(holds: bool, otherwise: str) -> None:
    """Exit with a reason unless the condition holds."""
    if not holds:
        sys.exit(f"FAILED: {otherwise}")


if __name__ == "__main__":
    main()
