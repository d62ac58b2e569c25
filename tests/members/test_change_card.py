"""What others see of a member."""

import pytest
from flask import Flask

from forum.infra.errors import Invalid
from forum.members import actions
from tests.factories import a_member


def test_a_card_is_one_line_each_and_a_text(house: Flask) -> None:
    """F5."""
    anna = a_member()
    actions.change_card(
        anna, country=" Sing\r\napore ", location="Kuala\u202e Lumpur", about="One.\r\n\r\nTwo.  ", is_hidden=True
    )
    assert (anna.country, anna.location, anna.about) == ("Sing apore", "Kuala Lumpur", "One.\n\nTwo.")
    assert anna.is_hidden


def test_what_is_too_long_is_said_at_its_field(house: Flask) -> None:
    """I2."""
    anna = a_member(country="Here")
    with pytest.raises(Invalid) as refusal:
        actions.change_card(anna, country="x" * 61, location="x" * 61, about="x" * 2001, is_hidden=False)
    assert set(refusal.value.fields) == {"country", "location", "about"}
    assert anna.country == "Here"
