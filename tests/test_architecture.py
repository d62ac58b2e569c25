"""Checks every file against the README's layers, the import contracts and the conventions."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Engine, create_engine
from werkzeug.routing import Rule

from forum import models
from forum.infra import paths
from forum.infra.database import migrate, sqlite
from tests.parts import ROOT
from tests.servers import postgres_server

FILE_LINES, FUNCTION_LINES, ARGUMENTS, TEMPLATE_LINES = 350, 30, 6, 80
PACKAGE_MODULES = 15
# Exceptions from the size limits, each with its reason; the goal is none.
LARGER: dict[str, str] = {}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "services", "service", "manager", "managers"}
PINS = ("constraints.txt", "constraints-semantic.txt", "constraints-dev.txt")
PIN = re.compile(r"[a-z0-9.-]+==[\w.+!-]+ \\(\n    --hash=sha256:[0-9a-f]{64} \\)*\n    --hash=sha256:[0-9a-f]{64}\n")


def files(folder: str, ending: str = ".py") -> list[Path]:
    """The files in a folder of the checkout, relative to its root."""
    return sorted(path.relative_to(ROOT) for path in (ROOT / folder).rglob(f"*{ending}") if path.is_file())


def packages() -> list[str]:
    """The packages (ending in a slash) and modules (ending in .py) at the top of `forum`."""
    inside = [path for path in paths.PACKAGE.iterdir() if path.name != "__init__.py"]
    folders = [f"{path.name}/" for path in inside if path.is_dir() and any(path.glob("*.py"))]
    return sorted(folders + [path.name for path in inside if path.suffix == ".py"])


@cache
def tree(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def line_count(path: Path) -> int:
    """The number of lines of a file."""
    return (ROOT / path).read_text(encoding="utf-8").count("\n")


def too_large(sizes: dict[str, int], limit: int) -> dict[str, int]:
    """Items above a limit that are not listed as exceptions."""
    return {name: size for name, size in sizes.items() if size > limit and name not in LARGER}


def test_the_readme_names_every_package() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, found, rest = readme.partition("## Layers\n")
    assert found, "README.md has no section '## Layers'"
    layers = rest.split("\n## ", 1)[0]
    assert [name for name in packages() if not re.search(rf"(?<![\w/]){re.escape(name)}", layers)] == []


NAMED_IN_DOCS = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|html|js|css))(?:: (\w+))?`")


def test_files_and_functions_named_in_the_docs_exist() -> None:
    missing = []
    for page in (Path("README.md"), *files("docs", ".md")):
        prose = (ROOT / page).read_text(encoding="utf-8").partition("## A feature from beginning")[0]
        for path, name in NAMED_IN_DOCS.findall(re.sub(r"\s+", " ", prose)):
            found = next((file for file in (paths.PACKAGE / path, ROOT / path) if file.exists()), None)
            definition = re.compile(rf"(def|class) {name}\b|^{name}\b.* =" if name else "", re.MULTILINE)
            if found is None or not definition.search(found.read_text(encoding="utf-8")):
                missing.append(f"{page}: {path} {name}")
    assert missing == []


def test_every_module_begins_with_a_docstring() -> None:
    summaries = {path: (ast.get_docstring(tree(path)) or "").split("\n\n")[0] for path in files("forum")}
    assert [str(path) for path, text in summaries.items() if not re.fullmatch(r"[^\s].*[.?:]", text, re.DOTALL)] == []


def test_packages_have_a_docstring_and_export_nothing() -> None:
    inits = [path for path in files("forum") if path.name == "__init__.py"]
    allowed = {f"forum/{name}/__init__.py" for name in ("api", "cli", "models", "web")}
    assert [str(path) for path in inits if str(path) not in allowed and len(tree(path).body) != 1] == []


def test_no_file_has_a_meaningless_name() -> None:
    named = [path for folder in ("forum", "tests", "migrations", "templates") for path in files(folder, "")]
    words = {path: set("_".join([*path.parts[:-1], path.stem]).lower().split("_")) for path in named}
    assert [str(path) for path, parts in words.items() if parts & BANNED_NAMES] == []


def test_no_package_has_more_modules_than_one_can_survey() -> None:
    modules = Counter(path.parent for path in files("forum") if path.name != "__init__.py")
    assert {str(package): count for package, count in modules.items() if count > PACKAGE_MODULES} == {}


def test_files_and_templates_are_short() -> None:
    code = {str(path): line_count(path) for folder in ("forum", "tests", ".ci") for path in files(folder)}
    pages = {str(path): line_count(path) for path in files("templates", ".html")}
    code = {name: lines for name, lines in code.items() if not name.startswith(".ci/node/")}
    code |= {str(path): line_count(path) for path in files("forum/static", ".js")}
    assert too_large(code, FILE_LINES) | too_large(pages, TEMPLATE_LINES) == {}


def test_docstrings_name_constants_that_exist() -> None:
    constant = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
    known = {node.id for path in files("forum") for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
    elsewhere = re.compile(r"FORUM_|PATH_INFO|PROMETHEUS_MULTIPROC_DIR")  # settings, WSGI, the metrics library
    described = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    found = {
        (str(path), name)
        for path in files("forum")
        for node in ast.walk(tree(path))
        if isinstance(node, described)
        for name in constant.findall(ast.get_docstring(node) or "")
        if name not in known and not elsewhere.match(name)
    }
    assert found == set()


def test_functions_are_short_and_take_few_arguments() -> None:
    lines: dict[str, int] = {}
    arguments: dict[str, int] = {}
    for path in files("forum"):
        for function in functions(path):
            name = f"{path}: {function.name}"
            lines[name] = (function.end_lineno or 0) - function.lineno + 1
            taken = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            arguments[name] = len([argument for argument in taken if argument.arg not in {"self", "cls"}])
    assert too_large(lines, FUNCTION_LINES) | too_large(arguments, ARGUMENTS) == {}


def test_exceptions_from_the_size_limits_exist() -> None:
    assert [name for name in LARGER if not (ROOT / name.split(":")[0]).exists()] == []


def test_templates_mark_only_rendered_html_as_safe() -> None:
    pages = {path: (ROOT / path).read_text(encoding="utf-8") for path in files("templates", "")}
    trusting = {path: re.findall(r"[\w.()]+\s*\|\s*safe\b", text) for path, text in pages.items()}
    assert {str(path): uses for path, uses in trusting.items() if any(".html" not in use for use in uses)} == {}
    assert [str(path) for path, text in pages.items() if re.search(r"autoescape\s+false", text)] == []


def test_forms_and_bodies_are_read_only_where_their_size_is_limited() -> None:
    raw = re.compile(r"\b(?:request|flask\.request)\.(?:form|values|json|files|get_json)\b")
    may = {"forum/web/forms.py", "forum/request_guards.py"}  # schemas with length limits, and the CSRF token
    found = {path.as_posix() for path in files("forum") if raw.search((ROOT / path).read_text(encoding="utf-8"))}
    assert found == may


def test_no_page_has_an_inline_script_or_style() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)|<style|\sstyle=|\son[a-z]+=[\"']|javascript:"
    )
    pages = {path: (ROOT / path).read_text(encoding="utf-8") for path in files("templates", ".html")}
    pages = {path: text for path, text in pages.items() if path.parts[1] != "mail"}  # mail clients read no style sheet
    assert {str(path): found[0] for path, text in pages.items() if (found := inline.search(text))} == {}


def test_every_import_contract_is_kept() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_constraint_files_hold_only_names_versions_and_hashes() -> None:
    for name in PINS:
        assert re.sub(PIN, "", (ROOT / name).read_text(encoding="utf-8")) == "", name


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    pinned: set[str] = set()
    for name, requirements in zip(PINS, (project["dependencies"], extras["semantic"], extras["dev"]), strict=True):
        pinned |= {line.partition("==")[0] for line in (ROOT / name).read_text(encoding="utf-8").splitlines()}
        wanted = {re.split(r"[^\w.-]", each)[0].lower().replace("_", "-") for each in requirements}
        assert wanted <= pinned, name


def differences(engine: Engine) -> list[object]:
    """Where a freshly migrated database differs from the models."""
    migrate.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_a_model})
        found: list[object] = compare_metadata(context, models.Member.metadata)
    engine.dispose()
    return found


def test_migrations_import_nothing_of_the_application() -> None:
    """Otherwise a later change of the application could break or alter an old migration."""
    imported = re.compile(r"^\s*(?:from|import) (?:forum|tests|benchmarks)\b", re.MULTILINE)
    found = [path for path in files("migrations/versions") if imported.search((ROOT / path).read_text("utf-8"))]
    assert len(files("migrations/versions")) >= 12
    assert found == []


def _is_a_model(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Exclude the full-text indexes, whose tables the database engine creates, and the ephemeral store."""
    return kind != "table" or not re.search(r"_index(_|$)|^index_state$|^volatile_", name or "")


def test_models_match_the_migrations_on_sqlite(tmp_path: Path) -> None:
    assert differences(sqlite.tune(create_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}"))) == []


@pytest.mark.postgres
def test_models_match_the_migrations_on_postgres() -> None:
    with postgres_server() as url:
        assert differences(create_engine(url)) == []


@cache
def text_of_tests() -> str:
    """The source of all other tests."""
    return "\n".join(
        (ROOT / path).read_text(encoding="utf-8") for path in files("tests") if path.name != "test_architecture.py"
    )


def is_tested(rule: Rule) -> bool:
    """Whether some test names a route: by its full path, by what follows an object's `path`, or by the path alone.

    The API's routes count as tested if schemathesis checks the whole OpenAPI document.
    """
    if rule.rule.startswith("/api/") and "schemathesis" in text_of_tests():
        return True
    pieces = [re.escape(piece) for piece in re.split(r"(?:<[^>]+>[-.]?)+", rule.rule)]
    ways = [r"[^\"'\s]+?".join(pieces) + r"(?=[\"'?#{&]|$)"]
    if len(pieces) > 1 and pieces[-1]:
        ways.append(rf"(path|address)[}}\"' +f]*{pieces[-1]}(?=[\"'?#{{])")
    if len(pieces) > 1 and not pieces[-1]:
        ways.append(rf"\b{pieces[0].strip('/').rsplit('/', 1)[-1].removesuffix('s')}\w*\.path\b")
    return any(re.search(way, text_of_tests(), re.MULTILINE) for way in ways)


def test_every_route_is_tested(app: Flask) -> None:
    untested = sorted({rule.rule for rule in app.url_map.iter_rules() if not is_tested(rule)})
    assert not untested, "no test names " + "\n".join(untested)
