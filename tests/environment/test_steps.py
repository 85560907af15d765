from __future__ import annotations

import itertools

import pytest

from tests.environment.errors import SetupError
from tests.environment.steps import Outcome, Result, Step, duration, run_steps, summary, total


def _step(name: str, outcome: Outcome) -> Step:
    return Step(name, f"what {name} does", lambda: outcome)


def _clock() -> float:
    return float(next(_ticks))


_ticks = itertools.count(step=5)


def test_each_step_says_what_it_does_and_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    """A step's lines: a headline before, counts and time after."""
    run_steps([_step("lint", Outcome(passed=8))], clock=_clock)

    assert capsys.readouterr().out == "=== lint: what lint does\n--- lint: 8 passed, 0 failed in 5.0 s\n\n"


def test_a_failure_keeps_no_other_step_from_running() -> None:
    """One run reports all failures."""
    steps = [
        _step("lint", Outcome(failed=1)),
        _step("integration", Outcome(passed=1, failed=2)),
        _step("demo", Outcome(passed=3)),
    ]

    results = run_steps(steps)

    assert [result.name for result in results] == ["lint", "integration", "demo"]
    assert total(results) == Outcome(passed=4, failed=3)


def test_a_step_that_breaks_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    """An error that nobody foresaw is shown with its place, and the next step runs."""

    def breaks() -> Outcome:
        return Outcome(passed=1 // 0)

    results = run_steps([Step("e2e", "pytest", breaks), _step("demo", Outcome(passed=1))])

    assert total(results) == Outcome(passed=1, failed=1)
    assert "in breaks\n" in capsys.readouterr().out
    assert "in breaks\n" in results[0].outcome.failures[0]


def test_a_step_that_cannot_start_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    """What the machine lacks is reported, and the next step runs."""

    def fail() -> Outcome:
        message = "no Python"
        raise SetupError(message)

    results = run_steps([Step("unit", "pytest", fail), _step("sanity", Outcome(passed=1))])

    assert total(results) == Outcome(passed=1, failed=1)
    assert "\nunit: no Python\n" in capsys.readouterr().out


def test_summary() -> None:
    """A line a step, and the counts of all as the last line."""
    results = [
        Result("lint", Outcome(passed=8), 12.3),
        Result("unit", Outcome(passed=100, failed=1, skipped=2), 61),
        Result("integration", Outcome(passed=7), 3),
    ]

    assert summary(results).splitlines() == [
        "lint                 12 s  8 passed, 0 failed",
        "unit           1 min 01 s  100 passed, 1 failed, 2 skipped",
        "integration         3.0 s  7 passed, 0 failed",
        "115 passed, 1 failed, 2 skipped",
    ]


def test_summary_shows_failures_again() -> None:
    """Before the counts stands what failed, by step: of a log that was cut, the end is what is left."""
    results = [
        Result("unit", Outcome(passed=3), 1),
        Result("cluster", Outcome(failed=1, failures=("test_node: no such Pod\n",)), 1),
    ]

    assert summary(results).splitlines()[:4] == [
        "!!! cluster",
        "test_node: no such Pod",
        "",
        "unit            1.0 s  3 passed, 0 failed",
    ]


DURATIONS = [
    (0.04, "0.0 s"),
    (9.94, "9.9 s"),
    (9.96, "10 s"),
    (59.4, "59 s"),
    (59.6, "1 min 00 s"),
    (185, "3 min 05 s"),
]


@pytest.mark.parametrize(("seconds", "expected"), DURATIONS)
def test_duration(seconds: float, expected: str) -> None:
    """Times are printed as people say them."""
    assert expected == duration(seconds)
