from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cluster.binaries import RELEASES
from tests.environment import matrix
from tests.environment.cores import CORES
from tests.environment.errors import SetupError
from tests.environment.interpreters import Interpreter
from tests.environment.lanes import Plan
from tests.environment.matrix import (
    COLUMNS,
    PART,
    ROWS,
    SLOW,
    WHOLE,
    WHOLE_ON_OLDER_KUBERNETES,
    Row,
    chosen_rows,
    run_matrix,
    table,
)
from tests.environment.steps import Outcome, Result
from tests.environment.workplace import Workplace


def test_table() -> None:
    """A line a release: what passed, what failed, what was not run and why."""
    preview, stable = CORES[:2]
    results = [
        Result("unit-plugins", Outcome(passed=120), 10),
        Result("unit-target", Outcome(passed=90, failed=2), 5),
        Result("sanity", Outcome(passed=30, skipped=1), 20),
        Result("e2e-rest", Outcome(passed=40), 20),
        Result("integration", Outcome(passed=6, failed=1), 10),
    ]
    older = [
        Result("oracle", Outcome(passed=2), 150),
        Result("e2e-rest", Outcome(passed=40), 20),
        Result("integration", Outcome(passed=6), 10),
    ]

    lines = table([Row(preview), Row(stable, "", "3.13", results), Row(stable, "1.34", "3.13", older)]).splitlines()

    assert lines[0].split() == ["ansible-core", "Python", "Kubernetes", *COLUMNS, "time"]
    assert lines[1].split("  ")[0] == "2.22 (preview)"
    assert lines[1].endswith("not run: none of Python 3.13, 3.14, 3.15 is here")
    assert " ".join(lines[2].split()) == "2.21 3.13 newest 120 ok 2 FAILED 30 ok 40 ok 1 FAILED 1 min 05 s"
    assert " ".join(lines[3].split()) == "2.21 3.13 1.34 2 ok 40 ok 6 ok 3 min 00 s"
    for column in ("oracle", "e2e-rest"):  # what was run stands under its name
        assert lines[3][lines[0].index(column)] in "24"
    assert lines[-1] == "334 passed, 3 failed, 1 skipped"


def test_table_shows_failures_first() -> None:
    """What failed stands before the lines of the table, with the release that it is of."""
    failed = Result("e2e", Outcome(failed=1, failures=("test_node: no such Pod\n",)), 1)

    lines = table([Row(CORES[1], "1.34", "3.13", [failed])]).splitlines()

    assert lines[:2] == ["!!! 2.21 1.34 e2e", "test_node: no such Pod"]
    assert lines[-1] == "0 passed, 1 failed"


def test_nothing_fits() -> None:
    """A row that no interpreter here runs is in the table all the same."""
    assert run_matrix([]) == [*ROWS]


def test_all_releases() -> None:
    """Unless some are named, it is every ansible-core and every Kubernetes, the oldest with each other."""
    rows = chosen_rows([])

    assert [row.core for row in rows] == [*CORES]
    assert [row.kubernetes or RELEASES[0] for row in rows] == [*[RELEASES[0]] * (len(CORES) - 1), RELEASES[-1]]


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        (["1.34"], [("2.18", "1.34")]),
        (["2.18"], [("2.18", "1.34")]),
        (["1.34", "2.20"], [("2.20", ""), ("2.18", "1.34")]),
        (["1.36"], [("2.22", ""), ("2.21", ""), ("2.20", ""), ("2.19", "")]),
    ],
)
def test_some_releases(names: list[str], rows: list[tuple[str, str]]) -> None:
    """Both are chosen by their names, and what is not named is not run."""
    assert [(row.core.series, row.kubernetes) for row in chosen_rows(names)] == rows


def test_an_unknown_release() -> None:
    """A name that is no release is reported."""
    with pytest.raises(SetupError, match="2\\.7"):
        chosen_rows(["1.34", "2.7"])


def test_steps_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ends run everything, and what takes minutes once for each Kubernetes; releases between them what depends on ansible-core."""
    ran: dict[str, tuple[str, Plan]] = {}
    slow: set[str] = set()

    def run_plan(workplace: Workplace, plan: Plan) -> list[Result]:
        ran[workplace.core.series] = (workplace.kubernetes, plan)
        if SLOW in os.environ:
            slow.add(workplace.core.series)
        return []

    monkeypatch.delenv(SLOW, raising=False)
    monkeypatch.setattr(matrix, "run_plan", run_plan)
    python = Interpreter(Path("/usr/bin/python3.13"), (3, 13, 0), has_ensurepip=True)

    run_matrix([python])

    assert ran == {
        "2.22": ("", WHOLE),
        "2.21": ("", WHOLE),
        "2.20": ("", PART),
        "2.19": ("", PART),
        "2.18": ("1.34", WHOLE_ON_OLDER_KUBERNETES),
    }
    assert slow == {"2.21", "2.18"}
    assert SLOW not in os.environ
