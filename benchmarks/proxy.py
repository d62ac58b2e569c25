"""nginx in front of the forum, configured as in docs/deploy but without TLS and on loopback."""

import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.environment import ROOT
from tests.servers import LOOPBACK, free_port

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
    front = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        Path(folder).chmod(0o755)
        site = _site((ROOT / "docs/deploy/nginx.conf").read_text(), port, front)
        (Path(folder) / "nginx.conf").write_text(AROUND.format(folder=folder, site=site))
        process = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-p", folder, "-e", f"{folder}/error.log"])
        try:
            _wait(front)
            yield front
        finally:
            process.terminate()
            process.wait(10)


def _site(text: str, port: int, front: int) -> str:
    """The site from the docs with its upstream and location; ports and TLS are replaced."""
    upstream, _, rest = text.partition("server {")
    secure = rest.rpartition("server {")[2]
    kept = re.sub(r"^\s*(listen|ssl_\w+|server_name) .*\n", "", secure, flags=re.MULTILINE)
    upstream = re.sub(r"127\.0\.0\.1:8000", f"{LOOPBACK}:{port}", upstream)
    return f"{upstream}server {{\n    listen {LOOPBACK}:{front};{kept}"


def _wait(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health/live", timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    raise SystemExit("nginx does not respond.")
