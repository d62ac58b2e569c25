"""How the device of a session is named."""

import pytest

from forum.members.credentials.device_names import device_name

AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox · Windows",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36": "Chrome · Linux",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18.0 Safari/605.1": "Safari · macOS",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 CriOS/140 Safari/604": "Chrome · iPhone",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0": "Edge · Windows",
    "curl/8.5.0": "curl/8.5.0",
    "": "",
}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_device_has_its_common_name(agent: str) -> None:
    assert device_name(agent) == AGENTS[agent]
