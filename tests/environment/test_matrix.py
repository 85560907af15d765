from __future__ import annotations

from tests.environment.cores import CORES
from tests.environment.matrix import STEPS, Row, run_matrix, table
from tests.environment.steps import Outcome, Result


def test_table() -> None:
    """A line a release: what passed, what failed, what was not run and why."""
    preview, stable = CORES[:2]
    results = [
        Result("unit-plugins", Outcome(passed=120), 10),
        Result("unit-target", Outcome(passed=90, failed=2), 5),
        Result("sanity", Outcome(passed=30, skipped=1), 20),
        Result("e2e"),
        Result("integration"),
    ]

    lines = table([Row(preview), Row(stable, "3.13", results)]).splitlines()

    assert lines[0].split() == ["ansible-core", "Python", *STEPS, "time"]
    assert lines[1].split("  ")[0] == "2.22 (preview)"
    assert lines[1].endswith("not run: none of Python 3.13, 3.14, 3.15 is here")
    assert lines[2].split() == [
        "2.21",
        "3.13",
        "120",
        "ok",
        "2",
        "FAILED",
        "30",
        "ok",
        "not",
        "run",
        "not",
        "run",
        "35",
        "s",
    ]
    assert lines[-1] == "240 passed, 2 failed, 1 skipped"


def test_nothing_fits() -> None:
    """A release that no interpreter here runs is in the table all the same."""
    assert run_matrix([], CORES) == [Row(core) for core in CORES]
