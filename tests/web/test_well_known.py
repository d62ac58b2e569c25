"""What browsers, password managers and security researchers look for at well-known URLs."""

import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra import clock
from forum.infra.settings import BadSetting
from forum.site.actions import set_value
from tests.conftest import log_in, settings_in
from tests.factories import a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def test_the_icon_is_at_the_url_that_browsers_try_first(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 200
    assert answer.content_type == "image/x-icon"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    kind, count = struct.unpack("<HH", answer.data[2:6])
    assert (kind, count) == (1, 3)
    sizes = [answer.data[6 + 16 * number] for number in range(count)]
    assert sizes == [16, 32, 48]


def test_password_managers_are_redirected_to_the_form(client: FlaskClient, writing: Writing) -> None:
    answer = client.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/password")
    assert client.get("/account/password").headers["Location"] == "/login?next=%2Faccount%2Fpassword"
    with writing():
        a_member("anna")
    log_in(client, "anna")
    assert 'autocomplete="current-password"' in client.get("/account/password").text
    assert (
        client.get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200").status_code == 404
    )


def test_browsers_can_add_the_forum_as_a_search_engine(client: FlaskClient, writing: Writing) -> None:
    with writing():
        set_value("name", "The <Lunar> Society & friends of the moon")
        a_thread(title="Where the moon is")
    answer = client.get("/opensearch.xml")
    assert answer.content_type == "application/opensearchdescription+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.data)  # noqa: S314 - our own document
    name = root.findtext(f"{SEARCH}ShortName") or ""
    assert name == "The <Lunar> Soci"
    assert root.findtext(f"{SEARCH}InputEncoding") == "UTF-8"
    assert root.findtext(f"{SEARCH}Image") == "http://localhost/favicon.ico"
    template = next(each.attrib["template"] for each in root.findall(f"{SEARCH}Url") if each.get("type") == "text/html")
    found = client.get(template.removeprefix("http://localhost").replace("{searchTerms}", "moon"))
    assert "Where the" in found.text
    link = '<link rel="search" type="application/opensearchdescription+xml"'
    for page in ("/", "/search"):
        assert (
            f'{link} title="The &lt;Lunar&gt; Society &amp; friends of the moon" href="/opensearch.xml">'
            in client.get(page).text
        )


@pytest.fixture
def set_contact(app: Flask) -> Callable[[str], None]:
    """Set the contact for security researchers."""

    def set_to(contact: str) -> None:
        app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], security_contact=contact)

    return set_to


def test_security_txt_tells_researchers_whom_to_contact(
    client: FlaskClient, set_contact: Callable[[str], None]
) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    set_contact("mailto:security@forum.example https://forum.example/report")
    answer = client.get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    fields = [line.split(": ", 1) for line in answer.text.splitlines()]
    assert [value for name, value in fields if name == "Contact"] == [
        "mailto:security@forum.example",
        "https://forum.example/report",
    ]
    (expires,) = [value for name, value in fields if name == "Expires"]
    left = datetime.fromisoformat(expires) - clock.now()
    assert timedelta(days=30) < left < timedelta(days=365)
    assert ["Canonical", "http://localhost/.well-known/security.txt"] in fields
    assert ["Preferred-Languages", "en"] in fields
    assert client.get("/contact").text.count("mailto:security@forum.example") == 1


@pytest.mark.parametrize("wrong", ["http://forum.example", "javascript:alert(1)", "mailto:a@b\nExpires: x", "nobody"])
def test_an_unreachable_contact_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(BadSetting, match="FORUM_SECURITY_CONTACT"):
        settings_in(tmp_path, FORUM_SECURITY_CONTACT=wrong)


def test_a_mail_address_is_accepted_as_a_contact(tmp_path: Path) -> None:
    taken = settings_in(tmp_path, FORUM_SECURITY_CONTACT="security@forum.example")
    assert taken.security_contact == "mailto:security@forum.example"


def test_help_explains_how_to_write_and_where_to_ask(client: FlaskClient) -> None:
    page = client.get("/help")
    assert page.status_code == 200
    for words in ("**", ":::spoiler", "@", "/keys", "/reset", "/contact", "in:title"):
        assert words in page.text
    assert 'href="/help"' in client.get("/").text
