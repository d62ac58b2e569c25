"""Cached fragments show nothing but the frozen object that is their cache key."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from types import UnionType
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

import pytest
from flask import Flask
from jinja2 import Environment, StrictUndefined, nodes
from jinja2.meta import find_undeclared_variables

from forum.infra.paging import Page
from forum.models import Visibility
from forum.web.fragments import list_rows, page_parts, post_views
from forum.web.fragments.fragment_cache import Fragment, render

FRAGMENTS: list[type[Fragment]] = [
    each
    for module in (page_parts, list_rows, post_views)
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, Fragment) and each is not Fragment
]
# What a fragment's template may use besides its view. All depends on the arguments alone and on the site's language,
# which every view contains.
PURE = {"_", "gettext", "ngettext", "asset", "avatar_hue", "avatar_letter", "range"}
IMPURE_FILTERS = {"ago", "random"}
PLAIN = {int: (90, 0), str: ("en", ""), bool: (True, False), Visibility: (Visibility.HELD, Visibility.PUBLIC)}
every_fragment = pytest.mark.parametrize("kind", FRAGMENTS, ids=lambda kind: kind.__name__)


def example(kind: Any, *, is_full: bool) -> Any:
    """A value of a type: an ordinary one, or the emptiest."""
    if isinstance(kind, UnionType):
        return example(get_args(kind)[0], is_full=is_full) if is_full else None
    if get_origin(kind) is tuple:
        return (example(get_args(kind)[0], is_full=is_full),) * (6 if is_full else 0)
    if kind in PLAIN:
        return PLAIN[kind][0 if is_full else 1]
    if kind is Page:
        return Page(number=2, total=90) if is_full else Page(number=1, total=0)
    if kind is datetime:
        return datetime(2026, 5, 4, tzinfo=UTC)
    hints = {name: hint for name, hint in get_type_hints(kind).items() if get_origin(hint) is not ClassVar}
    return kind(**{name: example(hint, is_full=is_full) for name, hint in hints.items()})


def macros_of(kind: type[Fragment], environment: Environment) -> Iterator[tuple[nodes.Macro, set[str]]]:
    """A fragment's macro and all that it calls, each with the names that it reads and nobody declares."""
    waiting, known = [(kind.template, kind.macro)], set[tuple[str, str]]()
    while waiting:
        template, name = place = waiting.pop()
        known.add(place)
        assert environment.loader is not None
        tree = environment.parse(environment.loader.get_source(environment, template)[0])
        callable_ = {each.name: (template, each.name) for each in tree.find_all(nodes.Macro)}
        for imported in tree.find_all(nodes.FromImport):
            assert isinstance(imported.template, nodes.Const)
            pairs = (each if isinstance(each, tuple) else (each, each) for each in imported.names)
            callable_ |= {alias: (imported.template.value, original) for original, alias in pairs}
        macro = next(each for each in tree.find_all(nodes.Macro) if each.name == name)
        alone = nodes.Template([macro], lineno=1)
        alone.set_environment(environment)
        read = find_undeclared_variables(alone)
        waiting += [callable_[each] for each in read if each in callable_ and callable_[each] not in known]
        own = {each.name for each in macro.find_all(nodes.Name) if each.ctx == "store"}
        yield macro, read - callable_.keys() - own


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "empty"])
@every_fragment
def test_a_fragment_renders_from_its_view_alone(
    app: Flask, monkeypatch: pytest.MonkeyPatch, kind: type[Fragment], is_full: bool
) -> None:
    strict = app.jinja_env.overlay(undefined=StrictUndefined, cache_size=100)
    with app.app_context():  # outside a request: reading the request, the visitor or a CSRF token fails
        monkeypatch.setattr(app, "jinja_env", strict)
        assert isinstance(render(example(kind, is_full=is_full)), str)


@every_fragment
def test_no_branch_of_a_fragment_reads_anything_but_its_view(app: Flask, kind: type[Fragment]) -> None:
    given = {field.name for field in fields(kind)} | {name for name in dir(kind) if not name.startswith("_")}
    for macro, read in macros_of(kind, app.jinja_env):
        assert read <= PURE, macro.name
        assert {node.name for node in macro.find_all(nodes.Filter)}.isdisjoint(IMPURE_FILTERS), macro.name
        assert not list(macro.find_all(nodes.Include)), macro.name
        attributes = (node for node in macro.find_all(nodes.Getattr) if isinstance(node.node, nodes.Name))
        of_view = {node.attr for node in attributes if isinstance(node.node, nodes.Name) and node.node.name == "view"}
        assert of_view <= given, macro.name
    (own, _), *_ = macros_of(kind, app.jinja_env)
    assert [each.name for each in own.args] == ["view"], "and takes nothing besides"


@every_fragment
def test_every_field_of_a_view_is_part_of_its_key(app: Flask, kind: type[Fragment]) -> None:
    full, empty = (example(kind, is_full=is_full) for is_full in (True, False))
    with app.app_context():
        for field in fields(kind):
            assert getattr(full, field.name) != getattr(empty, field.name), f"an example of {field.name} is missing"
            other = replace(full, **{field.name: getattr(empty, field.name)})
            assert (other == full, hash(other) == hash(full)) == (False, False), field.name
