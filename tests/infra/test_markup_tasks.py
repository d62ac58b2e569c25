"""Task lists: an item that begins with brackets gets a box."""

import pytest

from forum.markup.plain_text import plain_text
from forum.markup.render import Lookup, render

LOOKUP = Lookup({}, lambda _: {}, frozenset())
EMPTY = '<span class="task" role="img" aria-label="To do">☐</span>'
TICKED = '<span class="task" role="img" aria-label="Done">☑</span>'


def shown(source: str) -> str:
    return render(source, LOOKUP).html.strip()


def test_an_item_that_begins_with_brackets_is_a_task() -> None:
    assert shown("- [ ] one\n- [x] **two**\n- [X]\tthree\n- four") == (
        f"<ul>\n<li>{EMPTY} one</li>\n<li>{TICKED} <strong>two</strong></li>\n<li>{TICKED} three</li>\n"
        "<li>four</li>\n</ul>"
    )


def test_tasks_work_in_lists_of_every_kind() -> None:
    for source in (
        "1. [ ] a",
        "+ [ ] a",
        "- [ ] a\n\n  more",
        "> - [ ] a",
        "- b\n  - [ ] a",
        ":::spoiler\n- [ ] a\n:::",
    ):
        assert f"{EMPTY} a" in shown(source)


@pytest.mark.parametrize(
    "source",
    [
        "[ ] a",
        "- [] a",
        "- [y] a",
        "- [ ]a",
        "- [ ]",
        "- [x](/y) a",
        "- a [ ] b",
        "- \\[ ] a",
        "- `[ ] a`",
        "- a\n\n  [ ] b",
    ],
)
def test_other_brackets_are_left_unchanged(source: str) -> None:
    assert "task" not in shown(source)


def test_a_box_takes_precedence_over_a_link_reference() -> None:
    assert f"<li>{TICKED} a</li>" in shown("- [x] a\n\n[x]: /y")


def test_a_task_is_a_symbol_and_no_form_field() -> None:
    html = shown("- [ ] a\n- [x] b")
    assert "<input" not in html
    assert plain_text(html) == "☐ a\n☑ b"
