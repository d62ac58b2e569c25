"""Reading under load, by wrk: one thread, eight connections, one address as fast as it is answered."""

import re
import subprocess
from dataclasses import dataclass

CONNECTIONS = 8
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Load:
    """Answers a second, milliseconds that half and 99 of a hundred took at most, answers in all, and errors."""

    rate: float
    p50: float
    p99: float
    answers: int
    errors: int


class Broken(Exception):
    """A load that cannot be told: wrk failed, or nothing was answered."""


def read(address: str, headers: dict[str, str], seconds: int) -> Load:
    """Ask for one address; an answer from 400 on, a timeout and a broken connection are errors."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    done = subprocess.run([*command, address], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"wrk failed: {(done.stderr or done.stdout).strip()}")
    return understood(done.stdout)


def understood(said: str) -> Load:
    """What wrk's report says."""
    refused = sum(int(each) for each in re.findall(r"Non-2xx or 3xx responses: (\d+)", said))
    broken = sum(int(each) for line in re.findall(r"Socket errors: (.*)", said) for each in re.findall(r"\d+", line))
    rate, answers = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"(\d+) requests in", said)
    if rate is None or answers is None or answers[1] == "0":
        raise Broken(f"nothing was answered:\n{said}")
    return Load(float(rate[1]), _latency(said, 50), _latency(said, 99), int(answers[1]), refused + broken)


def _latency(said: str, share: int) -> float:
    found = re.search(rf"^\s+{share}%\s+([\d.]+)(us|ms|s|m)\s*$", said, re.MULTILINE)
    if found is None:
        raise Broken(f"wrk names no latency:\n{said}")
    return float(found[1]) * UNITS[found[2]]
