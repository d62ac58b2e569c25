"""Form and JSON share their schemas, and forbidden characters are removed from all input, archives included."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from forum import schemas
from forum.schemas.account import LoginIn
from forum.schemas.archive_fields import Line
from forum.schemas.shapes import CleanText, Password, as_form
from forum.schemas.writing import EditIn, ThreadIn
from forum.threads.rules import BODY_MAX, TITLE_MAX

NONCHARACTERS = "\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0001ffff\U0010fffe\U0010ffff"
CONTROLS = "\x00\x01\x08\x0b\x0c\x1b\x1f\x7f\x80\x9f"
HALVES = "\ud800\udbff\udc00\udfff"


def incoming() -> list[type[Schema]]:
    """All input schemas."""
    modules = [import_module(f"{schemas.__name__}.{each.name}") for each in iter_modules(schemas.__path__)]
    found = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    return sorted(
        (
            each
            for each in found
            if issubclass(each, Schema) and (each.__name__.endswith("In") or issubclass(each, Line))
        ),
        key=lambda each: (each.__module__, each.__name__),
    )


def texts_of(field: fields.Field[Any]) -> Iterator[fields.Field[Any]]:
    """The text fields that a field consists of."""
    if isinstance(field, fields.String):
        yield field
    if isinstance(field, fields.List):
        yield from texts_of(field.inner)


@pytest.mark.parametrize("shape", incoming(), ids=lambda shape: f"{shape.__module__}.{shape.__name__}")
def test_every_text_uses_the_common_field_type(shape: type[Schema]) -> None:
    others = {
        name
        for name, field in shape().fields.items()
        for text in texts_of(field)
        if not isinstance(text, CleanText | Password)
    }
    assert others == set()


def test_every_input_has_one_schema() -> None:
    names = [shape.__name__ for shape in incoming()]

    assert sorted(names) == sorted(set(names))


def test_a_form_may_exceed_a_maximum_which_the_rules_then_refuse_in_their_words() -> None:
    long = {"title": "x" * (TITLE_MAX + 1), "body": "x\r\n" * BODY_MAX}

    assert as_form(ThreadIn).load({"title": long["title"], "body": "x" * 2 * BODY_MAX})["title"] == long["title"]
    with pytest.raises(ValidationError) as in_json:
        ThreadIn().load(long)
    assert set(in_json.value.messages) == {"title", "body"}
    with pytest.raises(ValidationError) as in_form:
        as_form(ThreadIn).load({"title": "x" * 1001, "body": "x" * (2 * BODY_MAX + 1)})
    assert set(in_form.value.messages) == {"title", "body"}


def test_a_form_sends_numbers_as_text_and_json_does_not() -> None:
    assert as_form(EditIn).load({"body": "One", "seen_revision": "2"})["seen_revision"] == 2
    assert EditIn().load({"body": "One", "seen_revision": 2.0})["seen_revision"] == 2
    for wrong in ("2", True, 2.5):
        with pytest.raises(ValidationError):
            EditIn().load({"body": "One", "seen_revision": wrong})


def test_input_schemas_are_found() -> None:
    assert {"ThreadIn", "RegisterIn", "SearchIn", "MemberLine", "PostLine"} <= {each.__name__ for each in incoming()}


@pytest.mark.parametrize("mark", [*NONCHARACTERS, *CONTROLS, *HALVES], ids=lambda mark: f"U+{ord(mark):04X}")
def test_forbidden_characters_are_dropped(mark: str) -> None:
    taken = ThreadIn().load({"title": f"A {mark}title{mark}", "body": f"{mark}One\n\ttwo{mark}"})
    assert taken == {"title": "A title", "body": "One\n\ttwo"}


def test_other_characters_are_kept_however_rare() -> None:
    rare = "\ue000\U000f0000\U0001fffd😀\ufffd\u200d\xa0\n\r\t"
    assert ThreadIn().load({"title": rare, "body": rare}) == {"title": rare, "body": rare}


def test_a_password_is_kept_as_it_was_typed() -> None:
    assert LoginIn().load({"username": "an\ufffena", "password": "a\ufffeb"})["password"] == "a\ufffeb"
