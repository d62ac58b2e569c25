"""Robots are told from people by the maintained list."""

import time

import crawleruseragents
import pytest

from forum.infra.robots import is_robot

BROWSERS = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 21) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
    "Mobile Safari/537.36",
    "Lynx/2.9.0 libwww-FM/2.14",
]


@pytest.mark.parametrize("agent", BROWSERS)
def test_browsers_are_people(agent: str) -> None:
    assert not is_robot(agent)


@pytest.mark.parametrize("agent", ["", "   ", "curl/8.5.0", "python-requests/2.32", "Go-http-client/2.0", "Wget/1.21"])
def test_an_empty_user_agent_and_plain_http_libraries_are_robots(agent: str) -> None:
    assert is_robot(agent)


def test_every_agent_on_the_list_is_found_as_by_the_list_itself() -> None:
    agents = [agent for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for agent in entry["instances"]]
    assert len(agents) > 2000
    missed = [agent for agent in agents if not is_robot(agent) and crawleruseragents.is_crawler(agent[:512])]
    assert missed == []


def test_every_pattern_is_found() -> None:
    plain = [entry["pattern"] for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA if entry["pattern"].isalnum()]
    assert len(plain) > 500
    assert all(is_robot(f"Mozilla/5.0 (compatible; {name}/1.0)") for name in plain)


def test_unknown_agents_cost_microseconds() -> None:
    is_robot("warm")
    began = time.process_time()
    for number in range(2000):
        is_robot(f"{BROWSERS[0]} Edition/{number}")
    assert (time.process_time() - began) / 2000 < 0.0005
