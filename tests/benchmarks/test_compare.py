"""A run is compared with an earlier one: anything that got significantly worse is marked."""

from typing import Any

import pytest

from benchmarks.compare import differences

PAGE = {
    "to_flask": 1.5,
    "cpu_to_flask": 0.6,
    "p99": 10.0,
    "queries": {"content": 5, "volatile": 1},
    "queries_made": {"content": 7, "volatile": 1},
    "raw_bytes": 40_000,
    "sent_bytes": 12_000,
}


def run(page: dict[str, Any] | None, *, pss: float = 200.0, only: tuple[str, ...] = ()) -> dict[str, Any]:
    service = {"first_page_seconds": 1.0, "loaded": {"forum": {"rss": 400.0, "pss": pss}}}
    scenarios = {} if page is None else {"page": page}
    return {"about": {"size": "small", "only": only}, "scenarios": scenarios, "service": service}


def marked(old: dict[str, Any], new: dict[str, Any]) -> str:
    return "\n".join(line for line in differences(old, new) if "WORSE" in line or "GONE" in line)


def test_unchanged_figures_are_not_marked() -> None:
    assert marked(run(PAGE), run(PAGE | {"p99": 12.0, "to_flask": 1.4})) == ""


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"to_flask": 1.0}, "x Flask 1.50 -> 1.00"),
        ({"cpu_to_flask": 0.9}, "CPU / Flask's 0.60 -> 0.90"),
        ({"p99": 100.0}, "p99 ms 10.00 -> 100.00"),
        ({"queries": {"content": 98, "volatile": 1}}, "SQL 6 -> 99"),
        ({"queries_made": {"content": 8, "volatile": 1}}, "SQL made 8 -> 9"),
        ({"raw_bytes": 120_000}, "raw B 40,000 -> 120,000"),
        ({"sent_bytes": 36_000}, "sent B 12,000 -> 36,000"),
    ],
)
def test_each_figure_that_got_worse_is_marked(change: dict[str, Any], named: str) -> None:
    assert f"{named}  WORSE" in marked(run(PAGE), run(PAGE | change))


def test_more_memory_is_marked() -> None:
    assert "MiB loaded 200 -> 1000  WORSE" in marked(run(PAGE), run(PAGE, pss=1000.0))


def test_a_missing_scenario_is_marked_unless_others_were_selected() -> None:
    assert "page" in marked(run(PAGE), run(None))
    assert "GONE" in marked(run(PAGE), run(None))
    assert marked(run(PAGE), run(None, only=("index",))) == ""


def test_a_newly_failing_scenario_is_marked_and_a_recovered_one_is_not() -> None:
    assert "measured -> 500  WORSE" in marked(run(PAGE), run({"failed": "500"}))
    assert marked(run({"failed": "500"}), run(PAGE)) == ""


def test_a_difference_within_the_spread_of_rounds_is_not_marked() -> None:
    old, new = PAGE | {"spread": {"p99": [5.0, 30.0]}}, PAGE | {"p99": 25.0, "spread": {"p99": [20.0, 40.0]}}
    assert marked(run(old), run(new)) == ""
    assert "p99 ms" in marked(run(old), run(new | {"spread": {"p99": [31.0, 40.0]}}))
