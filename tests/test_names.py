"""No name of the project's old private dialect comes back: the field's terms are used instead."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import ROOT

PYTHON = sorted(
    path for folder in ("forum", "tests", "benchmarks", "migrations") for path in (ROOT / folder).rglob("*.py")
)
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
STYLES = sorted(path for ending in ("css", "js") for path in (ROOT / "forum" / "static").glob(f"*.{ending}"))
THIS = Path(__file__).resolve()

# Former packages and modules, as paths without their ending.
MODULES = set(
    re.findall(
        r"\S+",
        """
    forum/front forum/base forum/gate forum/doorway forum/log forum/versions forum/core forum/reading
    forum/meter forum/spending forum/volatile forum/house forum/prefork forum/console forum/infra/asides
    forum/infra/masks forum/infra/among forum/infra/counting forum/infra/caller forum/infra/volatile
    forum/infra/spending forum/infra/meter forum/infra/core forum/infra/reading
    forum/middleware/guest_cache/beats forum/middleware/guest_cache/crowd forum/middleware/guest_cache/makers
    forum/middleware/guest_cache/turnstile forum/middleware/guest_cache/freshness
    forum/middleware/guest_cache/answers forum/middleware/guest_cache/callers forum/middleware/guest_cache/step
    forum/server/turnstile forum/server/prefork forum/threads/settling forum/threads/picking forum/threads/marks
    forum/jobs/settling forum/boards/newest forum/boards/latest forum/boards/headlines forum/cli/console
    forum/server/console forum/search/asked forum/search/says forum/search/sight forum/search/slips
    forum/search/staleness forum/search/whereabouts forum/search/sources forum/search/cost forum/search/partial
    forum/search/missing forum/search/lookup forum/search/found forum/search/places forum/similar/meaning
    forum/similar/lean forum/similar/nearest forum/similar/upkeep forum/markup/workbench forum/markup/gates
    forum/markup/task forum/markup/tame forum/markup/finish forum/archive/apart forum/archive/faults
    forum/archive/life forum/archive/truth forum/archive/lines forum/archive/nouns forum/jobs/clock
    forum/jobs/baking forum/jobs/tick forum/jobs/turn forum/web/kept forum/web/frame forum/web/rows
    forum/web/words forum/web/outlines forum/web/articles forum/members/joining forum/members/impersonation
    forum/members/lookalikes forum/members/letters forum/members/mailboxes forum/members/throttles
    benchmarks/unison benchmarks/witness benchmarks/turns benchmarks/stage benchmarks/audience
    benchmarks/troubles benchmarks/promises tests/test_house tests/front tests/base
    """,
    )
)

# Names that no class, function, variable, parameter or attribute may have, anywhere.
IDENTIFIERS = set(
    re.findall(
        r"\w+",
        """
    Front House STRANGER STRAY LIGHT greet say_who_is_there beats crowd makers turnstile doorway asides
    page_ahead _forgetful Gone RedisLine Purse Purchase Kept Held outdate unsought leave_replica settling
    picking Standing headlines make_common _practise _leave_out Headroom Tally Look Way Many acquaint spoken
    staleness whereabouts first_look second_look third_look workbench Gates tame HANDS NOUNS baking outlines
    impersonation joining mailboxes throttles unison witness troubles promises slips KEPT SHOWN READ TRIED MOST
    NEAR CROWD LOOKED_AT ALERTS_LOOKED_AT IDLE _BEGUN _volatile
    """,
    )
)
# Ordinary words that were names in these packages.
IDENTIFIERS_OF = {
    "forum/": {"Block", "Mark", "callers", "gate", "masks", "settle", "meter", "house", "room", "door", "noun", "life"},
    "forum/presence/": {"owed"},
    "forum/search/": {"asked", "says", "sight", "whereabouts", "sources", "partial"},
    "forum/middleware/": {"freshness", "answers", "bring", "kept", "freshen"},
    "forum/threads/": {"accepted"},
    "forum/members/": {"lookalikes", "letters_of"},
    "forum/boards/": {"latest", "Latest"},
    "forum/archive/": {"apart", "faults_of", "truth_of", "nouns"},
    "forum/jobs/": {"tick", "letters"},
    "benchmarks/": {"turnstile", "_troubles", "_promises", "_audience", "_stage"},
}
# Words of docstrings, comments and documentation: the old metaphors and turns of phrase.
PROSE = re.compile(
    r"""
    \b(?:the|our|a|this|every)\ house\b | front\ step | \bturnstiles?\b | \bdoorways?\b
    | \bon\ the\ door\b | \bpurses?\b
    | \bcrowds\b | \bthe\ crowd\b | \bnouns?\b | \bwhoever\b | \bof\ which\b(?=.*\bis\ there\b)
    | \blost\ rather\ than\b | \bnot\ heeded\b | \bfor\ want\ of\b | \bsooner\ than\b | \bworkbench\b
    | \bbeats\b | \bwho\ is\ there\b | \bbaked\b | \bsettles?\ it\b | \bnearness\b | \bname-card\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Sentences in which such a word has its ordinary meaning.
ORDINARY = ("crowds of viewers", "Turnstile")  # the latter is a product
CSS_CLASSES = {"kept", "crowd", "house", "frame", "outline", "noun", "turnstile", "beat"}
TEMPLATE_NAMES = {"kept", "crowd", "frame", "outline", "noun", "house", "words"}
METRICS = re.compile(r'"(forum_\w*(?:crowd|turnstile|house|beats|purse)\w*)"')


def relative(path: Path) -> str:
    """The path from the checkout's root."""
    return path.relative_to(ROOT).as_posix()


def identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that a file defines or uses, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.keyword(arg=str(name)) | ast.alias(name=name):
                yield node.lineno, name
            case _:
                pass


def old_identifiers(path: Path) -> list[str]:
    """The old names that a file contains."""
    name = relative(path)
    old = IDENTIFIERS.union(*(names for folder, names in IDENTIFIERS_OF.items() if name.startswith(folder)))
    source = path.read_text(encoding="utf-8")
    if old.isdisjoint(re.findall(r"\w+", source)):  # most files: parsing takes ten times as long
        return []
    return [f"{name}:{line}: {each}" for line, each in identifiers(ast.parse(source)) if each in old]


def python_prose(path: Path) -> Iterator[tuple[int, str]]:
    """The comments and docstrings of a file, line by line."""
    source = path.read_text(encoding="utf-8")
    if not PROSE.search(source):  # most files: parsing takes ten times as long
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for offset, line in enumerate((ast.get_docstring(node, clean=False) or "").splitlines()):
                yield node.body[0].lineno + offset, line


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """The comments of a template, style sheet or script."""
    source = path.read_text(encoding="utf-8")
    for found in re.finditer(r"\{#.*?#\}|/\*.*?\*/|(?m:^\s*//.*$|\s//\s.*$)", source, re.DOTALL):
        yield source.count("\n", 0, found.start()) + 1, found[0]


def old_prose(path: Path, lines: Iterator[tuple[int, str]]) -> list[str]:
    """The lines with an old metaphor."""
    return [
        f"{relative(path)}:{number}: {line.strip()}"
        for number, line in lines
        if PROSE.search(line) and not any(each in line for each in ORDINARY)
    ]


def test_no_old_name_is_a_module_or_template() -> None:
    """Neither a package nor a module nor a template has a former name."""
    stems = {relative(path.parent if path.name == "__init__.py" else path.with_suffix("")) for path in PYTHON}
    assert sorted(stems & MODULES) == []
    assert [relative(path) for path in TEMPLATES if path.stem.lstrip("_") in TEMPLATE_NAMES] == []


def test_no_old_name_is_an_identifier() -> None:
    """No class, function, variable, parameter or attribute has a former name."""
    assert [found for path in PYTHON if path != THIS for found in old_identifiers(path)] == []


def test_no_old_name_is_a_css_class_or_metric() -> None:
    """Neither templates nor the style sheet nor the metrics use a former name."""
    sources = {relative(path): path.read_text(encoding="utf-8") for path in [*TEMPLATES, *STYLES]}
    used = {
        (name, each)
        for name, source in sources.items()
        for group in re.findall(r'class="([^"]*)"', source)
        + (re.findall(r"\.[a-z][\w-]*", source) if name.endswith("css") else [])
        for each in re.split(r"[\s.{}%]+", group)
    }
    assert sorted(each for each in used if each[1] in CSS_CLASSES) == []
    assert METRICS.findall("\n".join(path.read_text(encoding="utf-8") for path in PYTHON if path != THIS)) == []


@pytest.mark.parametrize("kind", ["python", "texts", "templates"])
def test_no_prose_uses_the_old_metaphors(kind: str) -> None:
    """Docstrings, comments and documentation use the field's terms."""
    if kind == "python":
        found = [line for path in PYTHON if path != THIS for line in old_prose(path, python_prose(path))]
    elif kind == "texts":
        found = [line for path in TEXTS for line in old_prose(path, enumerate_lines(path))]
    else:
        found = [line for path in [*TEMPLATES, *STYLES] for line in old_prose(path, comments(path))]
    assert found == []


def enumerate_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers."""
    return enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
