"""A list from which nothing was chosen says so."""

import pytest
from marshmallow import Schema, ValidationError

from forum.schemas.admin.boards import BoardMergeIn
from forum.schemas.admin.members import GroupChoiceIn
from forum.schemas.moderation.threads import MoveFormIn
from forum.schemas.shapes import as_form


@pytest.mark.parametrize(
    ("schema", "name"), [(BoardMergeIn, "move_threads_to"), (GroupChoiceIn, "group"), (MoveFormIn, "board")]
)
def test_a_form_without_a_choice_says_to_choose_one(schema: type[Schema], name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        as_form(schema).load({name: ""})
    assert [message.msgid for message in refused.value.messages_dict[name]] == ["Choose one."]
