"""Servers that speak the protocols of StopForumSpam, Akismet and Turnstile, and refuse missing or unknown fields."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs

SFS_KEY, AKISMET_KEY, TURNSTILE_KEY = "sfs-key-1", "akismet-key-1", "turnstile-key-1"
AKISMET_FIELDS = {"api_key", "blog", "user_ip", "user_agent", "permalink", "comment_type", "comment_author"}
AKISMET_FIELDS |= {"comment_author_email", "comment_content", "comment_date_gmt"}


@dataclass
class Stub:
    """What the server knows, and what it was sent: the path and the fields."""

    listed: dict[str, dict[str, object]] = field(default_factory=dict)  # entries by hash or IP address
    tokens: set[str] = field(default_factory=set)  # of Turnstile, each valid once
    spam_words: tuple[str, ...] = ()
    received: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    fault: str = ""
    released: Event = field(default_factory=Event)
    url: str = ""

    def answer(self, path: str, fields: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        """The status, body and headers for a request."""
        if path == "/api":
            return self._check(fields)
        if path == "/add.php":
            wanted = {"username", "ip_addr", "email", "evidence", "api_key"}
            is_fine = set(fields) == wanted and all(fields.values()) and fields["api_key"] == SFS_KEY
            return (200, "data submitted successfully", {}) if is_fine else (403, "invalid", {})
        if path == "/siteverify":
            return self._siteverify(fields)
        return self._akismet(path.removeprefix("/1.1/"), fields)

    def _check(self, fields: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        if set(fields) - {"f", "confidence", "emailhash", "ip"} or not {"emailhash", "ip"} & set(fields):
            return 200, json.dumps({"success": 0, "error": "bad fields"}), {}
        blank: dict[str, object] = {"appears": 0, "frequency": 0}
        entries = {"emailHash": fields.get("emailhash"), "ip": fields.get("ip")}
        found = {name: {"value": value, **self.listed.get(value, blank)} for name, value in entries.items() if value}
        return 200, json.dumps({"success": 1, **found}), {}

    def _siteverify(self, fields: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        faults = []
        if not {"secret", "response"} <= set(fields) or set(fields) - {"secret", "response", "remoteip"}:
            faults = ["bad-request"]
        elif fields["secret"] != TURNSTILE_KEY:
            faults = ["invalid-input-secret"]
        elif fields["response"] not in self.tokens:
            faults = ["timeout-or-duplicate"]
        self.tokens.discard(fields.get("response", ""))
        more = {} if faults else {"hostname": "localhost", "action": "register", "challenge_ts": "2026-11-30T08:00:00Z"}
        return 200, json.dumps({"success": not faults, "error-codes": faults, **more}), {}

    def _akismet(self, call: str, fields: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        unknown, missing = set(fields) - AKISMET_FIELDS, {"api_key", "blog", "user_ip"} - set(fields)
        if unknown or missing or fields["api_key"] != AKISMET_KEY:
            return 200, "invalid", {"X-akismet-debug-help": f"wrong: {sorted(unknown | missing)}"}
        if call in {"submit-spam", "submit-ham"}:
            return 200, "Thanks for making the web a better place.", {}
        is_spam = any(word in fields["comment_content"] for word in self.spam_words)
        return 200, "true" if is_spam else "false", {}


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        """Answer as the service does, or with the fault that the test wants."""
        stub = self.server.stub
        typed = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True)
        fields = {name: values[0] for name, values in typed.items()}
        stub.received.append((self.path, fields))
        if stub.fault == "slow":
            stub.released.wait(20)
            return
        status, body, headers = stub.answer(self.path, fields)
        if stub.fault == "redirect":
            status, headers = 302, {"Location": f"{stub.url}/elsewhere"}
        body = "x" * 70_000 if stub.fault == "long" else body
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stub: Stub


@contextmanager
def stub_server() -> Iterator[Stub]:
    """A server on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.stub = Stub(url=f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.stub
    finally:
        server.stub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
