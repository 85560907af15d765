from __future__ import annotations

import itertools

import pytest

from tests.environment.errors import SetupError
from tests.environment.steps import Outcome, Result, Step, duration, run_steps, summary, total


def _step(name: str, outcome: Outcome, *, slow: bool = False) -> Step:
    return Step(name, f"what {name} does", lambda: outcome, slow=slow)


def _clock() -> float:
    return float(next(_ticks))


_ticks = itertools.count(step=5)


def test_each_step_says_what_it_does_and_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    """A step's lines: a headline before, counts and time after."""
    run_steps([_step("lint", Outcome(passed=8))], clock=_clock)

    assert capsys.readouterr().out == "=== lint: what lint does\n--- lint: 8 passed, 0 failed in 5.0 s\n\n"


def test_quick_steps_run_after_a_failure_and_slow_ones_do_not() -> None:
    """One run tells of all cheap failures, and wastes no time on the rest."""
    steps = [
        _step("lint", Outcome(failed=1)),
        _step("unit", Outcome(passed=3)),
        _step("integration", Outcome(passed=1), slow=True),
    ]

    results = run_steps(steps)

    assert [result.name for result in results if result.outcome] == ["lint", "unit"]


def test_slow_steps_run_when_all_is_well() -> None:
    """Without a failure nothing is left out."""
    results = run_steps([_step("unit", Outcome(passed=3)), _step("demo", Outcome(passed=1), slow=True)])

    assert total(results) == Outcome(passed=4)


def test_a_step_that_cannot_start_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    """What the machine lacks is told, and the next step runs."""

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
        Result("integration"),
    ]

    assert summary(results).splitlines() == [
        "lint                 12 s  8 passed, 0 failed",
        "unit           1 min 01 s  100 passed, 1 failed, 2 skipped",
        "integration  not run, because an earlier step failed",
        "108 passed, 1 failed, 2 skipped",
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
    """Times are told as people say them."""
    assert expected == duration(seconds)
