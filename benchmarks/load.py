"""Putting load on a server: reading by wrk, writing by a member's own form."""

import http.client
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from benchmarks.place import AGENT


@dataclass(frozen=True)
class Load:
    """Answers a second, milliseconds at the middle and at the 99th of a hundred, answers, errors."""

    rate: float
    p50: float
    p99: float
    answers: int
    errors: int


UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def read(address: str, headers: dict[str, str], seconds: int) -> Load:
    """Ask for one address as fast as it is answered, over eight connections."""
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    said = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    bad = sum(int(each) for each in re.findall(r"Non-2xx or 3xx responses: (\d+)", said))
    bad += sum(int(each) for line in re.findall(r"Socket errors: (.*)", said) for each in re.findall(r"\d+", line))
    return Load(_rate(said), _latency(said, 50), _latency(said, 99), _answers(said), bad)


def _rate(said: str) -> float:
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])


def _answers(said: str) -> int:
    return int(re.findall(r"(\d+) requests in", said)[0])


def _latency(said: str, share: int) -> float:
    number, unit = re.findall(rf"{share}%\s+([\d.]+)(us|ms|s|m)", said)[0]
    return float(number) * UNITS[unit]


def write(place: str, path: str, cookies: list[str], seconds: int) -> Load:
    """Reply as members do, each after the answer to the one before; a member for each cookie."""
    spent: list[float] = []
    errors: list[str] = []
    writers = [threading.Thread(target=_write, args=(place, path, each, seconds, spent, errors)) for each in cookies]
    started = time.monotonic()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    spent.sort()
    middle, late = (spent[int(len(spent) * share)] * 1000 for share in (0.5, 0.99)) if spent else (0.0, 0.0)
    return Load(len(spent) / (time.monotonic() - started), middle, late, len(spent), len(errors))


def _write(place: str, path: str, cookie: str, seconds: int, spent: list[float], errors: list[str]) -> None:
    line = http.client.HTTPConnection(urlsplit(place).netloc, timeout=30)
    headers = {"User-Agent": AGENT, "Cookie": cookie}
    line.request("GET", path, headers=headers)
    page = line.getresponse().read().decode()
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number += 1
        form = {"csrf_token": token, "body": f"Reply number {number} of {cookie[-6:]}, as members write them."}
        typed = {"Content-Type": "application/x-www-form-urlencoded"}
        started = time.monotonic()
        line.request("POST", f"{path}/reply", urlencode(form), headers | typed)
        answer = line.getresponse()
        answer.read()
        if answer.status == 303:
            spent.append(time.monotonic() - started)
        else:
            errors.append(str(answer.status))
    line.close()
