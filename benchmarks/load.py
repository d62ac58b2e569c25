"""Read load with wrk: one thread, eight connections, as many requests as are answered."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 8
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
WALK = Path(__file__).with_name("walk.lua")


@dataclass(frozen=True)
class Load:
    """Answers per second, latency percentiles in milliseconds, total answers, and errors."""

    rate: float
    p50: float
    p99: float
    answers: int
    errors: int
    p95: float | None = None


@dataclass(frozen=True)
class Walk:
    """What is requested in turn: the paths in a file, or one path by `guests` guests; starting at `first`."""

    paths: Path | None = None
    guests: int = 0
    first: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the wrk script reads."""
        named = {"BENCH_CROWD": str(self.guests), "BENCH_FIRST": str(self.first)}
        return named | ({"BENCH_PATHS": str(self.paths)} if self.paths else {})


class LoadFailed(Exception):
    """A load without a valid result: wrk failed, or nothing was answered."""


def read(
    address: str, headers: dict[str, str], seconds: int, *, connections: int = CONNECTIONS, walk: Walk | None = None
) -> Load:
    """Request one address, or walk; a status of 400 or above, a timeout and a dropped connection are errors."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    command += ["-s", str(WALK)] if walk else []
    command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    surroundings = os.environ | (walk.environment if walk else {})
    done = subprocess.run([*command, address], capture_output=True, text=True, check=False, env=surroundings)
    if done.returncode != 0:
        raise LoadFailed(f"wrk failed: {(done.stderr or done.stdout).strip()}")
    return parse_report(done.stdout)


def parse_report(said: str) -> Load:
    """Parse wrk's report."""
    refused = sum(int(each) for each in re.findall(r"Non-2xx or 3xx responses: (\d+)", said))
    broken = sum(int(each) for line in re.findall(r"Socket errors: (.*)", said) for each in re.findall(r"\d+", line))
    rate, answers = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"(\d+) requests in", said)
    if rate is None or answers is None or answers[1] == "0":
        raise LoadFailed(f"no responses:\n{said}")
    p50, p95, p99 = (_latency(said, share) for share in (50, 95, 99))
    if p50 is None or p99 is None:
        raise LoadFailed(f"wrk reports no latency:\n{said}")
    return Load(float(rate[1]), p50, p99, int(answers[1]), refused + broken, p95)


def _latency(said: str, share: int) -> float | None:
    found = re.search(rf"^\s+{share}%\s+([\d.]+)(us|ms|s|m)\s*$", said, re.MULTILINE)
    return float(found[1]) * UNITS[found[2]] if found else None
