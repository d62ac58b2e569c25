"""The profile fields that other members see."""

import pytest
from flask import Flask

from forum.infra.errors import Invalid
from forum.members import actions
from tests.factories import a_member


def test_profile_fields_are_single_lines_and_about_is_a_text(app_in_context: Flask) -> None:
    anna = a_member()
    actions.change_card(
        anna, country=" Sing\r\napore ", location="Kuala\u202e Lumpur", about="One.\r\n\r\nTwo.  ", is_hidden=True
    )
    assert (anna.country, anna.location, anna.about) == ("Sing apore", "Kuala Lumpur", "One.\n\nTwo.")
    assert anna.is_hidden


def test_too_long_values_are_reported_at_their_field(app_in_context: Flask) -> None:
    anna = a_member(country="Here")
    with pytest.raises(Invalid) as refusal:
        actions.change_card(anna, country="x" * 61, location="x" * 61, about="x" * 2001, is_hidden=False)
    assert set(refusal.value.fields) == {"country", "location", "about"}
    assert anna.country == "Here"
