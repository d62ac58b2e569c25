"""An admin page explains why threads are similar; nobody else can open it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import log_in
from tests.factories import a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]


def test_only_an_admin_sees_the_explanation(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("chief", role="admin")
        a_member("anna")
        a_thread(title="Lunar stations of China & Russia", body="About the moon.")
        path = a_thread(title="China builds a lunar station", body="They go to the moon.").path
        alone = a_thread(title="Zither", body="Quxly.").path
    assert f"{path}/similar" not in client.get(path).text
    assert client.get(f"{path}/similar").status_code == 303
    log_in(client, "anna")
    assert f"{path}/similar" not in client.get(path).text
    assert client.get(f"{path}/similar").status_code == 403
    chief = app.test_client()
    log_in(chief, "chief")
    assert f'href="{path}/similar"' in chief.get(path).text
    page = chief.get(f"{path}/similar")
    assert page.status_code == 200
    assert "Lunar stations of China &amp; Russia" in page.text
    assert "lunar" in page.text.partition("Words in common")[2]
    assert "No thread is similar to this one." in chief.get(f"{alone}/similar").text
