"""Constants and exceptions that docstrings name exist."""

import ast
import builtins
import re
from collections.abc import Iterator

from tests.parts import ROOT

CAPITALS = re.compile(r"(?<!-)\b[A-Z][A-Z0-9_]{2,}\b")
RAISED = re.compile(r"\b[Rr]aises? ((?:[\w.]*\b[A-Z]\w+)(?:(?:,| or| and)+ (?:one of )?[\w.]*\b[A-Z]\w+)*)")
# Abbreviations and proper names; constants and exceptions of the code need no entry.
TERMS = set(
    re.findall(
        r"\S+",
        """
    API BERT BM25 BM25F BREACH CLS CPU CSRF CSS CSV DNS FTS5 GIL HTML HTTP HTTPS IDNA IMAP ISO LSN MAC MAP NFC NFKC NOOP
    NULL
    ORM REST RFC SEP SHA SQL STARTTLS SVG TLS TREC UAX UTF UTS W3C WAL WCAG WSGI XML ZIP B374D848
    """,
    )
)
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node):
            statement = node.body[0]
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                yield statement.value


def names_in(tree: ast.Module) -> Iterator[str]:
    """The identifiers of a module, also those it imports or reads of libraries, and the words of its other strings."""
    documentation = {id(constant) for constant in docstrings(tree)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name):
                yield from name.split(".")
            case ast.Constant(value=str(text)) if id(node) not in documentation:
                yield from CAPITALS.findall(text)


def unknown_names(documentation: str, known: set[str]) -> set[str]:
    raised = {name for names in RAISED.findall(documentation) for name in re.findall(r"\b[A-Z]\w+", names)}
    return ({*CAPITALS.findall(documentation)} - TERMS | raised) - known


def test_constants_and_exceptions_that_docstrings_name_exist() -> None:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "forum").rglob("*.py"))}
    known = {*dir(builtins), *(name for tree in trees.values() for name in names_in(tree))}
    assert "SMTP_ERRORS" in known
    unknown = {
        f"{path.relative_to(ROOT)}:{constant.lineno}": names
        for path, tree in trees.items()
        for constant in docstrings(tree)
        if (names := unknown_names(str(constant.value), known))
    }
    assert not unknown


def test_names_that_do_not_exist_are_found() -> None:
    assert unknown_names("Reads TROUBLE of an HTTP answer.", {"SMTP_ERRORS"}) == {"TROUBLE"}
    assert unknown_names("None if it is empty; raises OtherSchema or KeyError.", {"KeyError"}) == {"OtherSchema"}
    assert unknown_names("Raises Undeliverable or one of smtp.TROUBLE.", {"Undeliverable"}) == {"TROUBLE"}
