"""Who takes part in the delivery trial: members who watch boards by mail, with a browser each, and writers."""

import http.client
import json
import secrets
import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import update

from benchmarks.delivery_servers import PushService
from forum.infra.database.db import session, transaction
from forum.members.credentials import api_tokens, sessions
from forum.models import Channel, Member, MemberSession, ToldOf, WatchLevel
from forum.notifications.bulk import KINDS
from forum.notifications.choices import choose
from forum.notifications.push import keys, subscriptions
from forum.site.actions import set_values
from forum.watching.actions import choose_for_board
from tests.factories import a_board, a_member
from tests.servers import LOOPBACK

WATCHERS, WRITERS, BOARDS, REPLIES = 8, 2, 30, 2
GIVE_UP, TIMEOUT, PAUSE = 300.0, 10.0, 0.2  # seconds; longer than parts are killed
NO_LIMITS = {"mail_per_hour": 0, "mail_per_domain_hour": 0, "mail_per_member_day": 0}


@dataclass
class People:
    """The boards, the names and addresses of watchers by their ids, and the writers' tokens."""

    boards: list[int]
    watchers: dict[int, tuple[str, str]]
    tokens: list[str]


def fill(service: PushService) -> People:
    """Members, of whom some watch all boards by mail and get notifications in a browser."""
    with transaction():
        set_values(NO_LIMITS)
        service.public_key = keys.public_key()
        boards = [a_board() for _ in range(BOARDS)]
    with transaction():
        watchers = [a_member(f"watcher{number}") for number in range(WATCHERS)]
        writers = [a_member(f"writer{number}", watch_started="off", watch_answered="off") for number in range(WRITERS)]
        for member in watchers:
            sessions.start(member, persistent=True)
            session.flush()
            login = session.query(MemberSession).filter_by(member_id=member.id).one()
            subscriptions.subscribe(member, login, **service.fields_of(member.username))
            choose(member, {kind: {Channel.PUSH: True} for kind in KINDS})
            for board in boards:
                choose_for_board(member, board, WatchLevel.MAIL, told_of=ToldOf.POSTS)
        tokens = [api_tokens.make(writer, name="writes", scopes="read write") for writer in writers]
        session.execute(update(Member).where(Member.id.in_([each.id for each in writers])).values(email=None))
        return People(
            [board.id for board in boards],
            {each.id: (str(each.email), each.username) for each in watchers},
            tokens,
        )


@dataclass
class Written:
    """What was acknowledged: threads, and how many replies each has."""

    replies: dict[int, int] = field(default_factory=dict)
    given_up: list[str] = field(default_factory=list)


class Writer(threading.Thread):
    """Starts a thread in each of some boards and replies to it; sends each again until it is acknowledged."""

    def __init__(self, token: str, ports: list[int], boards: list[int], written: Written) -> None:
        super().__init__(daemon=True)
        self._token, self._ports, self._boards, self._written = token, ports, boards, written

    def run(self) -> None:
        """Write all."""
        for board_id in self._boards:
            title = f"News {secrets.token_hex(4)}"
            thread_id = self._send(f"/boards/{board_id}/threads", {"title": title, "body": f"Words of {title}."})
            if thread_id is None:
                continue
            self._written.replies[thread_id] = 0
            for number in range(REPLIES):
                answer = {"body": f"Reply {number} to {title}."}
                if self._send(f"/threads/{thread_id}/posts", answer) is not None:
                    self._written.replies[thread_id] += 1

    def _send(self, path: str, content: dict[str, str]) -> int | None:
        """The id of what was made, once that is acknowledged by one of the nodes; always with the same key."""
        key, end = secrets.token_hex(8), time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            for port in self._ports:
                status, answer = self._ask(port, path, content, key)
                if status == http.client.CREATED:
                    time.sleep(PAUSE)
                    return int(json.loads(answer)["id"])
            time.sleep(PAUSE)
        self._written.given_up.append(path)
        return None

    def _ask(self, port: int, path: str, content: dict[str, str], key: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", "Idempotency-Key": key}
        line = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
        try:
            line.request("POST", f"/api/v1{path}", json.dumps(content), headers | {"Host": "localhost"})
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            line.close()
