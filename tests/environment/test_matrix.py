from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cluster.binaries import RELEASES
from tests.environment.cores import CORES
from tests.environment.errors import SetupError
from tests.environment.interpreters import Interpreter
from tests.environment.matrix import COLUMNS, KUBERNETES_STEPS, SLOW, STEPS, Row, chosen_rows, run_matrix, table
from tests.environment.steps import Outcome, Result, Step
from tests.environment.venvs import Venv
from tests.environment.workplace import Workplace


def test_table() -> None:
    """A line a release: what passed, what failed, what was not run and why."""
    preview, stable = CORES[:2]
    results = [
        Result("unit-plugins", Outcome(passed=120), 10),
        Result("unit-target", Outcome(passed=90, failed=2), 5),
        Result("sanity", Outcome(passed=30, skipped=1), 20),
        Result("e2e", Outcome(passed=40), 20),
        Result("integration", Outcome(passed=6, failed=1), 10),
    ]
    older = [
        Result("oracle", Outcome(passed=2), 150),
        Result("e2e", Outcome(passed=40), 20),
        Result("integration", Outcome(passed=6), 10),
    ]

    lines = table([Row(preview), Row(stable, "3.13", results), Row(stable, "3.13", older, "1.34")]).splitlines()

    assert lines[0].split() == ["ansible-core", "Python", "Kubernetes", *COLUMNS, "time"]
    assert lines[1].split("  ")[0] == "2.22 (preview)"
    assert lines[1].endswith("not run: none of Python 3.13, 3.14, 3.15 is here")
    assert " ".join(lines[2].split()) == "2.21 3.13 newest 120 ok 2 FAILED 30 ok 40 ok 1 FAILED 1 min 05 s"
    assert " ".join(lines[3].split()) == "2.21 3.13 1.34 2 ok 40 ok 6 ok 3 min 00 s"
    for column in ("oracle", "e2e"):  # what was run stands under its name
        assert lines[3][lines[0].index(column)] in "24"
    assert lines[-1] == "334 passed, 3 failed, 1 skipped"


def test_table_shows_failures_first() -> None:
    """What failed stands before the lines of the table, with the release that it is of."""
    failed = Result("e2e", Outcome(failed=1, failures=("test_node: no such Pod\n",)), 1)

    lines = table([Row(CORES[1], "3.13", [failed], "1.34")]).splitlines()

    assert lines[:2] == ["!!! 2.21 1.34 e2e", "test_node: no such Pod"]
    assert lines[-1] == "0 passed, 1 failed"


def test_nothing_fits() -> None:
    """A release that no interpreter here runs is in the table all the same."""
    assert run_matrix([], CORES) == [Row(core) for core in CORES]


def test_all_releases() -> None:
    """Unless some are named, it is every ansible-core, and every Kubernetes but the newest, which these run on."""
    assert chosen_rows([]) == (CORES, RELEASES[1:])


def test_some_releases() -> None:
    """Both are chosen by their names, and what is not named is not run."""
    cores, releases = chosen_rows(["1.34", "2.18"])

    assert [core.series for core in cores] == ["2.18"]
    assert releases == ["1.34"]
    assert chosen_rows(["1.34"]) == ((), ["1.34"])
    assert chosen_rows(["2.18"])[1] == []


def test_an_unknown_release() -> None:
    """A name that is no release is reported."""
    with pytest.raises(SetupError, match="2\\.7"):
        chosen_rows(["1.34", "2.7"])


def test_steps_of_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kubelets' code is compared once, and an older Kubernetes takes no steps that have nothing to do with it."""
    ran: list[tuple[str, ...]] = []

    def steps(workplace: Workplace, *names: str) -> list[Step]:
        ran.append((workplace.core.series, workplace.kubernetes, *names))
        return []

    monkeypatch.setattr(Workplace, "steps", steps)
    python = Interpreter(Path("/usr/bin/python3.13"), (3, 13, 0), has_ensurepip=True)

    rows = run_matrix([python], CORES[-1:], ["1.34"])

    assert [(row.core.series, row.kubernetes) for row in rows] == [("2.18", ""), ("2.21", "1.34")]
    assert {row[:2] for row in ran} == {("2.18", ""), ("2.21", "1.34")}
    assert _names(ran, "2.18") == {*STEPS.names}
    assert _names(ran, "2.21") == {*KUBERNETES_STEPS.names}


def test_slow_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes minutes is run once for each release of Kubernetes."""
    ran: list[tuple[str, str]] = []

    def steps(workplace: Workplace, *_unused: str) -> list[Step]:
        if SLOW in workplace.environment():
            ran.append((workplace.core.series, workplace.kubernetes))
        return []

    monkeypatch.delenv(SLOW, raising=False)
    monkeypatch.setattr(Workplace, "steps", steps)
    monkeypatch.setattr(Workplace, "venv", lambda _self: Venv(Path("/nowhere")))
    pythons = [Interpreter(Path("/usr/bin/python3.13"), (3, 13, 0), has_ensurepip=True)]

    run_matrix(pythons, CORES, RELEASES[1:])

    assert set(ran) == {("2.21", ""), *(("2.21", release) for release in RELEASES[1:])}
    assert SLOW not in os.environ


def _names(ran: list[tuple[str, ...]], core: str) -> set[str]:
    return {name for row in ran if row[0] == core for name in row[2:]}


def test_nothing_fits_for_kubernetes() -> None:
    """Without any Python for it, a release of Kubernetes is in the table all the same."""
    [row] = run_matrix([], (), ["1.34"])

    assert (row.python, row.kubernetes) == ("", "1.34")
