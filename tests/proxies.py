"""nginx and Caddy in front of the forum, configured as in docs/deploy but without TLS and on loopback."""

import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.parts import ROOT, require_part
from tests.servers import LOOPBACK, free_port

PATIENCE_SECONDS = 20.0
AROUND = """
daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
worker_rlimit_nofile 20000;
error_log {folder}/error.log;
events {{ worker_connections 10000; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
{site}
}}
"""


@contextmanager
def nginx(port: int) -> Iterator[int]:
    """Run nginx on a free port; yields the port."""
    program, front = require_part("nginx"), free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        Path(folder).chmod(0o755)
        site = _nginx_site((ROOT / "docs/deploy/nginx.conf").read_text(), port, front)
        (Path(folder) / "nginx.conf").write_text(AROUND.format(folder=folder, site=site))
        with _running([program, "-c", f"{folder}/nginx.conf", "-p", folder, "-e", f"{folder}/error.log"], front):
            yield front


@contextmanager
def caddy(port: int) -> Iterator[int]:
    """Run Caddy on a free port; yields the port."""
    program, front = require_part("Caddy"), free_port()
    with tempfile.TemporaryDirectory(prefix="caddy-") as folder:
        is_old = subprocess.check_output([program, "version"], text=True).removeprefix("v").startswith("2.6")
        site = _caddy_site((ROOT / "docs/deploy/Caddyfile").read_text(), port, front, is_old=is_old)
        file = Path(folder) / "Caddyfile"
        file.write_text(site)
        with _running([program, "run", "--config", str(file), "--adapter", "caddyfile"], front, HOME=folder):
            yield front


PROXIES: dict[str, Callable[[int], AbstractContextManager[int]]] = {"nginx": nginx, "Caddy": caddy}


@contextmanager
def _running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment or None, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _nginx_site(text: str, port: int, front: int) -> str:
    """The site from the docs with its upstream and location; ports and TLS are replaced."""
    upstream, _, rest = text.partition("server {")
    secure = rest.rpartition("server {")[2]
    kept = re.sub(r"^\s*(listen|ssl_\w+|server_name) .*\n", "", secure, flags=re.MULTILINE)
    upstream = re.sub(r"127\.0\.0\.1:8000", f"{LOOPBACK}:{port}", upstream)
    return f"{upstream}server {{\n    listen {LOOPBACK}:{front};{kept}"


def _caddy_site(text: str, port: int, front: int, *, is_old: bool) -> str:
    """The same for Caddy; before 2.7 the line about requests was another one, as the file says."""
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    lines = lines.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https off\n\tservers", 1)
    lines = lines.replace("forum.example {", f"http://{LOOPBACK}:{front} {{")
    lines = lines.replace("127.0.0.1:8000", f"{LOOPBACK}:{port}")
    return re.sub(r"request_buffers .*", "buffer_requests", lines) if is_old else lines


def _wait(port: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health/live", timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    raise SystemExit("The proxy does not respond.")
