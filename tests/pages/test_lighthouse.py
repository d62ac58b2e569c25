"""Lighthouse (mobile) scores 99 or more for index, board and thread; first views are small, without layout shift."""

import json
import os
import re
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.parts import NODE_MODULES, in_ci, require_part
from tests.running import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.sqlite]
LEAST = 0.99
TRIES = 3  # the machine is shared: the best score counts
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def addresses(place: str) -> dict[str, str]:
    with urlopen(f"{place}/sitemap.xml") as answer:  # noqa: S310 - our own loopback address
        thread = re.findall(r"<loc>([^<]*russia-china-agree[^<]*)</loc>", answer.read().decode())[0]
    with urlopen(thread) as answer:  # noqa: S310 - our own loopback address
        board = re.findall(r'href="(/boards/[^"#?]+)"', answer.read().decode())[0]
    return {"index": place + "/", "board": place + board, "thread": thread}


def audit(address: str, folder: Path) -> dict[str, object]:
    report = folder / "report.json"
    flags = " ".join(["--headless=new", *FLAGS[1:]])
    command = ["node", str(NODE_MODULES / "lighthouse" / "cli" / "index.js"), address, "--quiet", "--output=json"]
    command += [f"--output-path={report}", "--no-enable-error-reporting", f"--chrome-flags={flags}"]
    env = os.environ | {"CHROME_PATH": require_part("Chromium")}
    for left in reversed(range(TRIES)):
        ended = subprocess.run(command, env=env, check=False, capture_output=True, text=True, timeout=120)
        if ended.returncode == 0:
            break
        # its browser did not start or lost the page: no result
        assert left, f"Lighthouse gave up {TRIES} times: {ended.stderr[-3000:]}"
    found: dict[str, object] = json.loads(report.read_text())
    return found


@pytest.mark.parametrize("which", ["index", "board", "thread"] if in_ci() else ["thread"])
def test_a_page_scores_99_or_more(place: str, tmp_path: Path, which: str) -> None:
    best: dict[str, float] = {}
    for _ in range(TRIES):
        report = audit(addresses(place)[which], tmp_path)
        scores = {name: report["categories"][name]["score"] for name in CATEGORIES}  # type: ignore[index]
        best = {name: max(best.get(name, 0.0), score) for name, score in scores.items()}
        if min(best.values()) >= LEAST:
            break
    audits = report["audits"]
    bad = [f"{name}: {each.get('displayValue', '')}" for name, each in audits.items() if each["score"] not in {None, 1}]  # type: ignore[attr-defined]
    assert min(best.values()) >= LEAST, (best, bad)
    assert audits["cumulative-layout-shift"]["numericValue"] < 0.001  # type: ignore[index]
    weight = audits["total-byte-weight"]["numericValue"]  # type: ignore[index]
    sent = audits["network-requests"]["details"]["items"]  # type: ignore[index]
    waiting = [each for each in sent if each["statusCode"] == -1 or "/live?" in each["url"]]
    assert len(waiting) <= 1  # the stream of what happens, opened after the first view
    requests = [each for each in sent if each not in waiting]
    assert weight <= 60_000
    assert len(requests) <= 8, [each["url"] for each in requests]
