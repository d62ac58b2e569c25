"""Error pages are in plain, translatable English."""

from http import HTTPStatus

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import default_exceptions

from forum.web.errors import error_response

STATUSES = sorted(default_exceptions)


def heading(html: str) -> str:
    found = BeautifulSoup(html, "html.parser").select_one("h1")
    assert found is not None
    return found.get_text().strip()


def test_an_unsupported_request_method_is_named_in_sentence_case(client: FlaskClient) -> None:
    answered = client.put("/whats-new")
    assert answered.status_code == 405
    assert heading(answered.text) == "Method not allowed"
    assert "GET" in answered.headers["Allow"]


@pytest.mark.parametrize("status", STATUSES)
def test_the_heading_of_every_error_page_is_in_sentence_case(app: Flask, status: int) -> None:
    with app.test_request_context("/"):
        title = heading(error_response(default_exceptions[status]()).get_data(as_text=True))
    first, *others = title.split()
    assert first[0].isupper()
    assert all(word.islower() for word in others), title
    assert len(HTTPStatus(status).phrase.split()) == 1 or title != HTTPStatus(status).phrase
