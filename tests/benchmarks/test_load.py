"""wrk's reports are parsed correctly: in its own units, with every kind of error."""

import pytest

from benchmarks.load import Load, LoadFailed, Walk, parse_report
from benchmarks.rounds import medians

SAID = """\
Running 1s test @ http://127.0.0.1:8000/
  Latency Distribution
     50%  210.00us
     75%  304.00us
     90%    1.06ms
     99%    1.20s
  57942 requests in 1.10s, 9.99MB read
{more}Requests/sec:  52662.19
Transfer/sec:      9.08MB
{done}"""


def test_a_report_is_parsed() -> None:
    assert parse_report(SAID.format(more="", done="")) == Load(52662.19, 0.21, 1200.0, 57942, 0)


def test_the_scripts_own_line_gives_the_95th_percentile() -> None:
    assert parse_report(SAID.format(more="", done="     95%  3.25ms\n")).p95 == 3.25


def test_refusals_and_broken_connections_are_errors() -> None:
    more = "  Socket errors: connect 1, read 2, write 0, timeout 4\n  Non-2xx or 3xx responses: 10\n"
    assert parse_report(SAID.format(more=more, done="")).errors == 17


def test_a_run_without_responses_is_an_error() -> None:
    with pytest.raises(LoadFailed, match="no responses"):
        parse_report("  0 requests in 1.00s, 0.00B read\nRequests/sec:      0.00\n")


def test_each_simulated_guest_group_starts_at_its_own_number() -> None:
    assert Walk(guests=1000, first=3000).environment == {"BENCH_CROWD": "1000", "BENCH_FIRST": "3000"}


def test_medians_are_over_rounds_and_ratios_within_the_same_round() -> None:
    ours = [{"rate": rate, "p50": 1.0, "p95": None, "p99": 2.0, "cpu_ms": 0.2} for rate in (100.0, 300.0, 200.0)]
    flask = [each | {"rate": 100.0, "cpu_ms": 0.1} for each in ours]
    found = medians({"forum": ours, "flask": flask})
    assert (found["rate"], found["to_flask"], found["cpu_to_flask"]) == (200.0, 2.0, 2.0)
    assert found["spread"]["to_flask"] == [1.0, 3.0]
    assert "p95" not in found
