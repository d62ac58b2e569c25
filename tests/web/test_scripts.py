"""Scripts: written as modules, each served with the modules it imports, as one small file."""

import re
from collections import Counter

import pytest

from forum.infra.paths import STATIC
from forum.web.assets import assets

SCRIPTS = [name for name in assets() if name.endswith(".js")]
FIRST_VIEW = ("theme.js", "app.js", "thread.js", "composer.js")  # live.js is loaded later


def source_of(name: str) -> str:
    return assets()[name].bodies[""].decode()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_served_script_waits_for_no_other_and_names_nothing_twice(name: str) -> None:
    script = source_of(name)
    assert re.findall(r"^import .*", script, re.MULTILINE) == []
    declared = re.findall(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", script, re.MULTILINE)
    assert [each for each, times in Counter(declared).items() if times > 1] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_served_script_has_no_lines_of_comment(name: str) -> None:
    assert re.findall(r"^\s*(?://|/\*).*", source_of(name), re.MULTILINE) == []


def test_every_module_is_part_of_a_served_script() -> None:
    served = "".join(map(source_of, SCRIPTS))
    exported = {
        (path.relative_to(STATIC).as_posix(), declared)
        for path in STATIC.rglob("*/*.js")
        for declared in re.findall(r"^export (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert exported
    assert {(path, declared) for path, declared in exported if f"\n{declared}" not in f"\n{served}"} == set()


def test_the_scripts_of_the_first_view_of_a_thread_are_small() -> None:
    assert sum(len(assets()[name].bodies["br"]) for name in FIRST_VIEW) <= 16_000


def test_the_scripts_that_every_page_loads_are_small() -> None:
    assert sum(len(assets()[name].bodies["br"]) for name in ("theme.js", "app.js", "live.js")) <= 16_000
