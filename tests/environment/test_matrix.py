from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cluster.binaries import RELEASES
from tests.environment.cores import CORES
from tests.environment.errors import SetupError
from tests.environment.interpreters import Interpreter
from tests.environment.matrix import COLUMNS, PART, ROWS, SLOW, WHOLE, Row, chosen_rows, run_matrix, table
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

    lines = table([Row(preview), Row(stable, "", "3.13", results), Row(stable, "1.34", "3.13", older)]).splitlines()

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
    ran: dict[str, set[str]] = {}
    slow: set[str] = set()

    def steps(workplace: Workplace, *names: str) -> list[Step]:
        ran.setdefault(workplace.core.series, {workplace.kubernetes}).update(names)
        if SLOW in workplace.environment():
            slow.add(workplace.core.series)
        return []

    monkeypatch.delenv(SLOW, raising=False)
    monkeypatch.setattr(Workplace, "steps", steps)
    monkeypatch.setattr(Workplace, "venv", lambda _self: Venv(Path("/nowhere")))
    python = Interpreter(Path("/usr/bin/python3.13"), (3, 13, 0), has_ensurepip=True)

    run_matrix([python])

    whole, part = {"", *WHOLE.names}, {"", *PART.names}
    assert ran == {
        "2.22": whole,
        "2.21": whole,
        "2.20": part,
        "2.19": part,
        "2.18": {"1.34", "oracle", *WHOLE.names},
    }
    assert slow == {"2.21", "2.18"}
    assert SLOW not in os.environ
