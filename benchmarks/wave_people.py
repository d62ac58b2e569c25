"""A browser of the wave: registers with the proof of work, reads and posts, from an address of its own."""

import base64
import http.client
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import altcha

from benchmarks.scenarios import AGENT
from tests.factories import PASSWORD

TIMEOUT = 20.0
FORM_SECONDS = 3.0  # that a browser lets pass before it sends the form
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'(\w[\w-]*)="([^"]*)"')


@dataclass
class Person:
    """Somebody with a name, and the address that their requests come from."""

    name: str
    port: int
    address: str
    refusals: list[str] = field(default_factory=list)
    _cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def register(self) -> bool:
        """Register as a browser does; whether the account was made."""
        page = self._ask("GET", "/register")[1]
        form = _hidden(page)
        if "proof" in form:
            form["proof"] = _solved(json.loads(self._ask("GET", "/register/proof")[1]))
        time.sleep(FORM_SECONDS)
        form |= {"username": self.name, "email": f"{self.name}@mail.example", "password": PASSWORD}
        return self._send("/register", form)

    def post(self, thread: str, text: str) -> bool:
        """Reply in a thread; whether it was accepted, at once or for approval."""
        page = self._ask("GET", thread)[1]
        form = _hidden(page, action=f"{thread}/reply")
        return self._send(f"{thread}/reply", form | {"body": text, "submit_key": secrets.token_urlsafe(12)})

    def start_thread(self, board: str, title: str, text: str) -> bool:
        """Start a thread; whether it was accepted, at once or for approval."""
        path = f"{board}/post-thread"
        return self._send(path, _hidden(self._ask("GET", path)[1], action=path) | {"title": title, "body": text})

    def _send(self, path: str, form: dict[str, str]) -> bool:
        status, page = self._ask("POST", path, form)
        if status not in {302, 303}:
            self.refusals.append(f"{path.rpartition('/')[2]} {status}: {_first_error(page)}")
        return status in {302, 303}

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {"User-Agent": AGENT, "X-Forwarded-For": self.address, "Host": "forum.example"}
        headers["Cookie"] = "; ".join(f"{name}={each.value}" for name, each in self._cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            line.request(method, path, urlencode(form) if form is not None else None, headers)
            answer = line.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, type(error).__name__
        finally:
            line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self._cookies.load(cookie)
        return answer.status, text


def _hidden(page: str, action: str = "") -> dict[str, str]:
    """The hidden fields of a page, or of its form with this address."""
    start = page.find(f'action="{action}"') if action else 0
    end = page.find("</form>", max(0, start)) if action else len(page)
    tags = [dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(page[max(0, start) : end])]
    return {tag["name"]: unescape(tag.get("value", "")) for tag in tags if tag.get("type") == "hidden"}


def _solved(challenge: dict[str, object]) -> str:
    """The solution of a challenge as the form sends it."""
    made = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(made)
    payload = {"challenge": challenge, "solution": solution.to_dict()}
    return base64.b64encode(json.dumps(payload).encode()).decode()


def _first_error(page: str) -> str:
    found = re.search(r'class="error[^"]*"[^>]*>(.*?)</', page, re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split()) if found else page[:80]
