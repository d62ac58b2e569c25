"""Write load: members who send the reply form, each after the answer to their previous reply."""

import http.client
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.load import Load, LoadFailed
from benchmarks.scenarios import reply_form

PATIENCE = 30.0
ERRORS_SHOWN = 3


@dataclass
class ReplyResults:
    """Milliseconds of each accepted reply, and the errors of the others."""

    spent: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Writer:
    """A member with the thread's page open."""

    def __init__(self, netloc: str, thread: str, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection(netloc, timeout=PATIENCE)
        self._headers, self._thread = headers, thread
        self.location = ""  # URL of the last reply
        self._page = self._ask("GET", thread)[1]

    def reply(self, body: str) -> int:
        """Send the form and return the status."""
        return self._ask("POST", f"{self._thread}/reply", urlencode(reply_form(self._page, body)))[0]

    def write_until(self, end: float, tally: ReplyResults) -> None:
        """Reply repeatedly; a dropped connection is an error and ends the loop."""
        number = 0
        while time.monotonic() < end:
            number += 1
            started = time.monotonic()
            try:
                status = self.reply(f"Reply number {number}: what a member writes when the **river** is high. " * 3)
            except (OSError, http.client.HTTPException) as error:
                tally.errors.append(repr(error))
                return
            if status == 303:
                tally.spent.append((time.monotonic() - started) * 1000)
            else:
                tally.errors.append(f"status {status}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        typed = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        self._connection.request(method, path, body, self._headers | typed)
        answer = self._connection.getresponse()
        self.location = answer.headers.get("Location") or self.location
        return answer.status, answer.read().decode()


def write(netloc: str, thread: str, members: list[dict[str, str]], seconds: int) -> Load:
    """Reply as several members at once; `members` are their request headers."""
    tally = ReplyResults()
    writers = [Writer(netloc, thread, headers) for headers in members]
    started = time.monotonic()
    threads = [
        threading.Thread(target=each.write_until, args=(started + seconds, tally), daemon=True) for each in writers
    ]
    for thread_ in threads:
        thread_.start()
    for thread_ in threads:
        thread_.join()
    took = time.monotonic() - started
    for writer in writers:
        writer.close()
    if tally.errors or not tally.spent:
        raise LoadFailed(
            f"{len(tally.errors)} replies failed: {'; '.join(tally.errors[:ERRORS_SHOWN]) or 'none was sent'}"
        )
    spent = sorted(tally.spent)
    return Load(len(spent) / took, _at(spent, 0.5), _at(spent, 0.99), len(spent), 0)


def _at(spent: list[float], share: float) -> float:
    return spent[min(len(spent) - 1, int(len(spent) * share))]
