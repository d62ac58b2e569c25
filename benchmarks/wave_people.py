"""A browser of the wave: registers with the proof of work, reads and posts, from an address of its own."""

import base64
import http.client
import json
import re
import secrets
import time
from collections import Counter
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
    addresses: list[str]
    is_registered: bool = False
    accepted: int = 0
    refusals: list[str] = field(default_factory=list)
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def register(self) -> bool:
        """Register as a browser does; whether the account was made."""
        page = self.ask("GET", "/register")[1]
        form = hidden_fields(page)
        if "proof" in form:
            status, challenge = self.ask("GET", "/register/proof")
            if status != 200:
                self.refusals.append(f"proof {status}: {_first_error(challenge)}")
                return False
            form["proof"] = _solved(json.loads(challenge))
        time.sleep(FORM_SECONDS)
        form |= {"username": self.name, "email": f"{self.name.replace(' ', '-')}@mail.example", "password": PASSWORD}
        self.is_registered = self.send("/register", form)
        return self.is_registered

    def post(self, thread: str, text: str) -> bool:
        """Reply in a thread; whether it was accepted, at once or for approval."""
        page = self.ask("GET", thread)[1]
        form = hidden_fields(page, action=f"{thread}/reply")
        is_accepted = self.send(f"{thread}/reply", form | {"body": text, "submit_key": secrets.token_urlsafe(12)})
        self.accepted += is_accepted
        return is_accepted

    def start_thread(self, board: str, title: str, text: str) -> bool:
        """Start a thread; whether it was accepted, at once or for approval."""
        path = f"{board}/post-thread"
        form = hidden_fields(self.ask("GET", path)[1], action=path)
        is_accepted = self.send(path, form | {"title": title, "body": text})
        self.accepted += is_accepted
        return is_accepted

    @staticmethod
    def most_refusals(people: "list[Person]") -> list[tuple[str, int]]:
        """The most frequent refusals of all."""
        return Counter(refusal for person in people for refusal in person.refusals).most_common(8)

    def send(self, path: str, form: dict[str, str]) -> bool:
        """Send a form; whether it was accepted."""
        status, page = self.ask("POST", path, form)
        if status not in {302, 303}:
            self.refusals.append(f"{path.rpartition('/')[2]} {status}: {_first_error(page)}")
        return status in {302, 303}

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """The status (0 if there was no answer) and the text of an answer."""
        headers = {"User-Agent": AGENT, "X-Forwarded-For": secrets.choice(self.addresses)}
        headers["Cookie"] = "; ".join(f"{name}={each.value}" for name, each in self.cookies.items())
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
            self.cookies.load(cookie)
        return answer.status, text


def hidden_fields(page: str, action: str = "") -> dict[str, str]:
    """The hidden fields of a page, or of its form with this address."""
    start = page.find(f'action="{action}"') if action else 0
    end = page.find("</form>", max(0, start)) if action else len(page)
    tags = [dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(page[max(0, start) : end])]
    return {tag["name"]: unescape(tag.get("value", "")) for tag in tags if tag.get("type") == "hidden"}


def _solved(challenge: dict[str, object]) -> str:
    """The solution of a challenge as the form sends it."""
    made = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(made)
    if solution is None:
        return ""
    payload = {"challenge": challenge, "solution": solution.to_dict()}
    return base64.b64encode(json.dumps(payload).encode()).decode()


def _first_error(page: str) -> str:
    found = re.findall(r'class="error(?:-note)?"[^>]*>(.*?)</', page, re.S)
    title = re.search(r"<title>(.*?)</title>", page, re.S)
    words = " | ".join(found) or (title[1] if title else page[:80])
    return " ".join(re.sub(r"<[^>]*>", " ", words).split())
