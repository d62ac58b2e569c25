"""The minimum length of a name is measured in columns, so that two Chinese characters suffice."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.members.rules import faults_of_name
from forum.members.signup import registration
from tests.factories import PASSWORD

WORDS = "Names need 3 to 30 characters; in Chinese, Japanese or Korean 2 are enough."


@pytest.mark.parametrize("name", ["李明", "김철", "あき", "李a", "abc", "𠮷野"])
def test_a_name_of_three_columns_is_long_enough(name: str) -> None:
    assert faults_of_name(name) == []


@pytest.mark.parametrize("name", ["李", "김", "ab", "жц", "x" * 31, "李" * 31, ""])
def test_a_shorter_or_longer_name_is_refused(name: str) -> None:
    assert [str(fault) for fault in faults_of_name(name)] == [WORDS]


def test_the_form_states_the_minimum(client: FlaskClient) -> None:
    assert "3 to 30 characters; in Chinese, Japanese or Korean 2 are enough." in client.get("/register").text


def test_members_register_with_names_of_two_characters(app_in_context: Flask) -> None:
    member = registration.register(username="李明", email="li@example.org", password=PASSWORD, home="")
    assert (member.username, member.path) == ("李明", f"/members/{member.id}-%E6%9D%8E%E6%98%8E")
