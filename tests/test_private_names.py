"""Private names of other packages: used in the files listed here only, and a clear failure when one disappears."""

import ast
import importlib
import inspect
import socket
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import jinja2
import psycopg
import pytest
from flask import Flask
from granian.server.mp import MPServer
from psycopg.waiting import Wait, wait
from werkzeug.routing import Rule

from forum.app import ForumApp, UrlRule
from forum.infra.database import postgres
from forum.server import serve
from forum.web.template_globals import SharedGlobals
from tests.parts import ROOT

# A private name is used where no public one serves; the version in pyproject.toml is then bounded.
PRIVATE = {
    "forum/app.py": {"_compile_builder"},
    "forum/infra/database/postgres.py": {"_WaitTimeout"},
    "forum/infra/smtp.py": {"_get_socket"},
}
# Names with an underscore that their packages document for others to use.
DOCUMENTED = {"_deserialize", "_serialize", "_asdict", "_replace"}  # marshmallow's fields, named tuples
# What we override or use although its package says little about it: the package's class, and ours.
OVERRIDDEN: list[tuple[type, type, tuple[str, ...]]] = [
    (Flask, ForumApp, ("dispatch_request", "jinja_environment", "url_rule_class")),
    (Rule, UrlRule, ("_compile_builder",)),
    (jinja2.Environment, SharedGlobals, ("make_globals",)),
    (psycopg.Connection, postgres.Connection, ("wait",)),
    (MPServer, serve._Server, ("signal_handler_interrupt",)),
]


def is_private(name: str) -> bool:
    """Whether a name begins with one underscore."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def own_names(module: ast.Module) -> set[str]:
    """The private names that a file defines: functions, classes, variables, parameters, and attributes of `self`."""
    found: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                found.add(name)
    return found


def foreign_names(path: Path) -> Iterator[str]:
    """The private names of other packages that a file reads, sets, imports or overrides."""
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    own = own_names(module)
    for node in ast.walk(module):
        match node:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name) if is_private(name):
                yield name
            case ast.Attribute(attr=name) if is_private(name) and name not in own:
                yield name
            case ast.ImportFrom(module=str(source), names=names) if source.partition(".")[0] != "forum":
                yield from (part for part in [*source.split("."), *(each.name for each in names)] if is_private(part))
            case ast.Import(names=names):
                yield from (part for each in names for part in each.name.split(".") if is_private(part))
            case ast.ClassDef(name=name, body=body):
                defined = {each.name for each in body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
                yield from overridden_names(path, name, {each for each in defined if is_private(each)})


def overridden_names(path: Path, class_name: str, defined: set[str]) -> Iterator[str]:
    """Private methods of a class that a base class of another package has as well."""
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    bases = getattr(module, class_name).__mro__ if defined else ()
    packages = {base: base.__module__.partition(".")[0] for base in bases}
    foreign = [base for base, package in packages.items() if package not in {"forum", *sys.stdlib_module_names}]
    yield from (name for base in foreign for name in defined if name in vars(base))


def files() -> list[Path]:
    """Every module of the application."""
    return sorted(path.relative_to(ROOT) for path in (ROOT / "forum").rglob("*.py") if path.stem != "__main__")


def test_private_names_of_other_packages_are_used_only_where_listed() -> None:
    found = {str(path): set(foreign_names(path)) - DOCUMENTED for path in files()}
    assert {path: names for path, names in found.items() if names} == PRIVATE


def test_what_we_override_of_other_packages_still_exists() -> None:
    for theirs, ours, names in OVERRIDDEN:
        assert [name for name in names if not hasattr(theirs, name)] == [], theirs
        assert [name for name in names if name not in vars(ours)] == [], ours


def test_flask_dispatches_a_request_without_arguments() -> None:
    """ForumApp commits in this method; Flask 3.2 passes it a context."""
    assert list(inspect.signature(Flask.dispatch_request).parameters) == ["self"]


def test_jinja_asks_the_environment_for_the_globals_of_a_template(app: Flask) -> None:
    assert app.jinja_env.get_template("refusal.html").globals is app.jinja_env.globals


def test_psycopg_raises_its_private_error_when_the_server_does_not_answer() -> None:
    def nothing_arrives() -> Generator[Wait, int, None]:
        while True:
            yield Wait.R

    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(psycopg.errors._WaitTimeout):
        wait(nothing_arrives(), ours.fileno(), interval=0.01, timeout=0.02)
