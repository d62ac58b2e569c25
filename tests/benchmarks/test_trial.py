"""Parts of the fault trials: the balancer tries every node, duplicate job runs are found, leaks differ from jumps."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import job_dedup
from benchmarks.assertions import Assertions
from benchmarks.balancer import Balancer
from benchmarks.soak import GROWTH, slope
from benchmarks.traffic import missing_in_refusal
from tests.servers import LOOPBACK, free_port

PAGE = "<html><main><h1>Just a moment</h1><p>The forum cannot save this right now.</p>{}</main></html>"


@pytest.fixture
def node() -> Iterator[int]:
    """A server that greets every client; its port."""
    listener = socket.create_server((LOOPBACK, 0))

    def say_hello() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with closing(line):
                line.sendall(b"hello")

    thread = threading.Thread(target=say_hello)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


def test_every_connection_reaches_the_live_node_however_many_come_at_once(node: int) -> None:
    balancer = Balancer([free_port(), node])
    balancer.start()
    lines = [socket.create_connection((LOOPBACK, balancer.port), timeout=10) for _ in range(40)]
    received = [line.recv(5) for line in lines]
    for line in lines:
        line.close()
    balancer.stop()
    assert received == [b"hello"] * len(lines)


def called(job: str, turn: int, every: float = 5.0) -> dict[str, Any]:
    return {"job": job, "turn": turn, "every": every}


def test_a_slot_that_two_nodes_ran_is_found() -> None:
    assert not job_dedup.duplicates([called("mail", 7), called("mail", 8), called("views", 7)])
    assert job_dedup.duplicates([called("mail", 7), called("mail", 7)]) == ["mail 2 times in turn 7"]


def test_jobs_are_parsed_from_logs_among_other_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"A new forum was created.\n{json.dumps(called('mail', 7))}\n{json.dumps({'path': '/'})}\n")
    assert list(job_dedup.log_records([log])) == [called("mail", 7)]


@pytest.mark.parametrize("leak", [2.0, 3.0])
def test_a_leak_of_twenty_mib_in_ten_minutes_is_growth(leak: float) -> None:
    sizes = [(minute / 6, 250 + leak * minute / 6 + minute % 3) for minute in range(20, 60)]
    assert slope(sizes) > GROWTH


def test_a_single_jump_and_some_noise_are_no_growth() -> None:
    sizes = [(minute / 6, 250.0 + minute % 3 + (3 if minute > 58 else 0)) for minute in range(20, 60)]
    assert slope(sizes) < GROWTH


def answer(**headers: str) -> Any:
    named = Message()
    for name, value in headers.items():
        named[name.replace("_", "-")] = value
    return SimpleNamespace(headers=named)


def test_a_refusal_without_a_message_or_without_the_typed_text_is_reported() -> None:
    polite = answer(Content_Type="text/html", Retry_After="5")
    assert missing_in_refusal(answer(Content_Type="text/html"), PAGE) == "no Retry-After"
    assert missing_in_refusal(polite, "oops") == "no message for visitors"
    assert missing_in_refusal(polite, PAGE, "my reply") == "the typed text is lost"
    assert missing_in_refusal(polite, PAGE.format("my &amp; reply"), "my & reply") == ""
    problem = answer(Content_Type="application/problem+json", Retry_After="5")
    assert missing_in_refusal(problem, "{}") == "no detail for programs"
    assert missing_in_refusal(problem, '{"detail": "Try again."}') == ""


def test_one_failed_assertion_fails_the_trial(capsys: pytest.CaptureFixture[str]) -> None:
    assertions = Assertions()
    assertions.hold("posts", "all there", is_kept=True)
    assert assertions.report() == 0
    assertions.hold("jobs", "twice", is_kept=False)
    assert assertions.report() == 1
    assert "BROKEN  jobs: twice" in capsys.readouterr().out
