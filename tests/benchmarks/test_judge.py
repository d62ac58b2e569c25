"""Figures are compared with the targets: met, missed, or not measured by this run."""

from typing import Any

import pytest

from benchmarks.bars import BARS, SIZES, Target
from benchmarks.judging import MET, MISSED, NOT_MEASURED, judge
from benchmarks.report import bars
from benchmarks.scenarios import names


def run(size: str = "small", **scenarios: dict[str, Any]) -> dict[str, Any]:
    """A run's result as stored in the file."""
    service = {"first_page_seconds": 1.0, "loaded": {"forum": {"rss": 400.0, "pss": 200.0}}}
    machine = {"flask": {"cpu_ms": 0.22, "rate": 5000.0}}
    return {"about": {"size": size}, "machine": machine, "service": service, "scenarios": scenarios}


def verdict(bar: Target, result: dict[str, Any], small: dict[str, Any] | None = None) -> tuple[str, float | None]:
    (found,) = judge(result, small, [bar])
    return found.word, found.reached


def test_every_target_refers_to_existing_scenarios() -> None:
    assert {name for bar in BARS for name in bar.of} <= set(names())
    assert {bar.size for bar in BARS} <= set(SIZES)


@pytest.mark.parametrize(("ratios", "word", "reached"), [((1.3, 1.5), MET, 1.3), ((2.0, 1.29), MISSED, 1.29)])
def test_the_worst_of_several_figures_counts(ratios: tuple[float, float], word: str, reached: float) -> None:
    bar = Target("pages", "to_flask", ("a", "b"), 1.3, is_minimum=True)
    assert verdict(bar, run(a={"to_flask": ratios[0]}, b={"to_flask": ratios[1]})) == (word, reached)


def test_a_partial_measurement_can_miss_a_target_but_not_meet_it() -> None:
    bar = Target("pages", "p99", ("a", "b"), 250)
    assert verdict(bar, run(a={"p99": 100.0})) == (NOT_MEASURED, 100.0)
    assert verdict(bar, run(a={"p99": 300.0})) == (MISSED, 300.0)
    assert verdict(bar, run()) == (NOT_MEASURED, None)


def test_a_target_for_a_large_forum_can_be_missed_on_a_small_one_but_not_met() -> None:
    bar = Target("search", "p95", ("search",), 150, size="large")
    assert verdict(bar, run("medium", search={"p95": 20.0})) == (NOT_MEASURED, 20.0)
    assert verdict(bar, run("medium", search={"p95": 200.0})) == (MISSED, 200.0)
    assert verdict(bar, run("large", search={"p95": 20.0})) == (MET, 20.0)


def test_a_failed_or_missing_figure_misses_its_target() -> None:
    bar = Target("ways", "to_flask", ("a", "b"), 1.3, is_minimum=True)
    assert verdict(bar, run(a={"to_flask": 2.0}, b={"skipped": "the forum gives no zstd"})) == (MISSED, None)
    assert verdict(bar, run(a={"to_flask": 2.0}, b={"failed": "500"})) == (MISSED, None)


def test_a_time_is_also_given_for_the_reference_machine_but_judged_as_measured() -> None:
    thread = {"cpu_ms": 5.0, "flask_cpu_ms": 0.22}
    (found,) = judge(run(thread=thread), None, [Target("thread", "cpu_ms", ("thread",), 4.0, speed=1)])
    assert (found.word, found.reached) == (MISSED, 5.0)
    assert found.there == pytest.approx(2.5)


def test_a_rate_is_converted_inversely_for_the_reference_machine() -> None:
    (found,) = judge(
        run(reply={"rate": 100.0}), None, [Target("reply", "rate", ("reply",), 150, is_minimum=True, speed=-1)]
    )
    assert found.word == MISSED
    assert found.there == pytest.approx(200.0)


def test_growth_is_the_cost_of_a_page_beyond_that_on_the_small_forum() -> None:
    bar, small = (
        Target("growth", "growth cpu_to_flask", ("index",), 1.3, size="large"),
        run(index={"cpu_to_flask": 10.0}),
    )
    assert verdict(bar, run("large", index={"cpu_to_flask": 12.0}), small) == (MET, 1.2)
    assert verdict(bar, run("large", index={"cpu_to_flask": 14.0}), small) == (MISSED, 1.4)
    assert verdict(bar, run("large", index={"cpu_to_flask": 14.0})) == (NOT_MEASURED, None)


def test_statements_to_both_databases_are_counted() -> None:
    bar = Target("thread", "statements", ("thread",), 8)
    assert verdict(bar, run(thread={"queries": {"content": 8, "volatile": 1}})) == (MISSED, 9)


def test_memory_is_the_proportional_set_size_under_load() -> None:
    assert verdict(Target("memory", "service loaded_mib", (), 220), run()) == (MET, 200.0)


def test_the_table_names_every_target_and_the_speed_of_the_machine() -> None:
    said, verdicts = bars(run(), None)
    assert [bar.words for bar in BARS if bar.words not in said] == []
    assert len(verdicts) == len(BARS)
    assert "0.220 ms of CPU time here, 0.11 on the reference machine" in said
    assert "not measured (make flood)" in said
