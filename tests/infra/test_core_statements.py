"""Updates without the ORM are seen by objects that are loaded."""

from flask import Flask
from sqlalchemy import bindparam

from forum.infra.database.core_statements import RowUpdate
from forum.infra.database.db import session
from forum.models import Member
from tests.factories import a_member


def test_a_loaded_object_has_the_values_of_an_update_of_its_row(app_in_context: Flask) -> None:
    anna, ben = a_member("anna"), a_member("ben")
    session.flush()
    counts = (anna.message_count, ben.message_count)
    update = RowUpdate(
        Member, message_count=Member.__table__.c.message_count + bindparam("by"), about=bindparam("text")
    )

    update(anna.id, by=2, text="From the moon")

    assert (anna.message_count, anna.about) == (counts[0] + 2, "From the moon")
    assert ben.message_count == counts[1]
