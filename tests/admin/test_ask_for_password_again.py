"""Pages of administration that give rights or show accounts ask for the password again, once an hour."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from forum.infra import clock
from tests.admin.conftest import Send
from tests.conftest import log_in, token_in
from tests.middleware.guests import Writing
from tests.trust.crawl import a_scene, addresses

# lists of groups and members give and show nothing that matters; nor do the other pages
DANGEROUS = re.compile(
    r"/admin/groups/.+|/admin/boards/\d+/(?:access|delete-with-threads)|/admin/members/.+|/admin/backups.*"
    r"|/admin/demonstration|/moderation/log.*"
)


def test_pages_that_give_rights_or_show_accounts_ask_once_an_hour(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        scene = a_scene()
    log_in(client, "olaf")
    token = token_in(client.get("/account").text)
    asked: set[str] = set()
    asks_not: set[str] = set()
    leads_to: set[str] = set()
    with clock.frozen_at(clock.now() + timedelta(minutes=61)):
        for method, address in addresses(app, scene, ("GET", "POST")):
            if address.startswith(("/admin", "/moderation/log")) and address != "/admin/view-as":
                data = {"csrf_token": token} if method == "POST" else None
                location = client.open(address, method=method, data=data).headers.get("Location", "")
                leads_to.update(parse_qs(urlsplit(location).query).get("next", ()))
                (asked if location.startswith("/account/confirm?") else asks_not).add(f"{method} {address}")
    dangerous = {each for each in asked | asks_not if DANGEROUS.fullmatch(each.partition(" ")[2])}
    assert asked == dangerous
    assert len(asked) > 15
    for address in leads_to:
        with client.get(address) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "text/html"), address


def test_after_the_password_one_is_back_on_the_page_one_came_from(client: FlaskClient, admin: Send) -> None:
    with clock.frozen_at(clock.now() + timedelta(minutes=61)):
        for act, page in (
            ("/admin/boards/1/access", "/admin/boards/1/access"),
            ("/admin/groups/2/rights", "/admin/groups/2/rights"),
            ("/admin/groups/2/up", "/admin/groups/2"),
            ("/admin/members/3/reset", "/admin/members/3"),
        ):
            assert admin(act).headers["Location"] == "/account/confirm?next=" + page.replace("/", "%2F")
