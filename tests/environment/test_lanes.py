from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.environment.lanes import Plan, lane_beside, read_results, run_plan, write_results
from tests.environment.steps import Outcome, Result, Step, total

PROGRAM = """\
import pathlib, sys
from tests.environment.lanes import write_results
from tests.environment.steps import Outcome, Result
print("what another lane says", flush=True)
write_results([Result(name, Outcome(passed=2), 1.5) for name in sys.argv[2:]], pathlib.Path(sys.argv[1]))
"""
PROJECT = Path(__file__).resolve().parents[2]


class Workplace:
    """Stands for a real one: its steps pass or fail as asked, and its other lanes are a small program."""

    project = PROJECT

    def __init__(self, *, failing: str = "", program: str = PROGRAM) -> None:
        self.ran: list[str] = []
        self._failing = failing
        self._program = program

    def steps(self, *names: str) -> list[Step]:
        """A step of each name."""
        return [Step(name, f"what {name} does", partial(self._run, name)) for name in names]

    def command(self, lane: str, file: str, *names: str) -> list[str]:
        """Another lane."""
        assert lane == "lane"
        return [sys.executable, "-c", self._program, file, *names]

    def _run(self, name: str) -> Outcome:
        self.ran.append(name)
        return Outcome(failed=1) if name == self._failing else Outcome(passed=1)


PLAN = Plan(first=("lint",), lanes=(("e2e",), ("integration", "demo"), ("cluster",)))


def test_all_lanes_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """What other lanes say and count comes after the first, and nothing of it is run twice."""
    workplace = Workplace()

    results = run_plan(workplace, PLAN)  # type: ignore[arg-type]  # stands for a real one

    assert workplace.ran == ["lint", "e2e"]
    assert [result.name for result in results] == [*PLAN.names]
    assert results[2:] == [Result(name, Outcome(passed=2), 1.5) for name in ("integration", "demo", "cluster")]
    printed = capsys.readouterr().out
    assert printed.index("--- e2e: 1 passed") < printed.index("what another lane says")


@pytest.mark.parametrize("failing", ["lint", "e2e"])
def test_a_failure_keeps_nothing_from_running(failing: str) -> None:
    """All lanes run to their ends when a step fails, and the failure counts in the end."""
    workplace = Workplace(failing=failing)

    results = run_plan(workplace, PLAN)  # type: ignore[arg-type]  # stands for a real one

    assert workplace.ran == ["lint", "e2e"]
    assert [result.name for result in results] == [*PLAN.names]
    assert results[2:] == [Result(name, Outcome(passed=2), 1.5) for name in ("integration", "demo", "cluster")]
    assert total(results) == Outcome(passed=7, failed=1)


def test_a_lane_that_breaks_off_has_failed() -> None:
    """A lane that ends without a word counts as a failure of each of its steps."""
    workplace = Workplace(program="raise SystemExit(3)")

    results = run_plan(workplace, PLAN)  # type: ignore[arg-type]  # stands for a real one

    assert results[2:] == [Result(name, Outcome(failed=1)) for name in ("integration", "demo", "cluster")]


def test_stopped_with_us(tmp_path: Path) -> None:
    """Another lane does not outlive a run that is stopped."""
    ready, program = (
        tmp_path / "ready",
        "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(6000)",
    )
    lanes: list[subprocess.Popen[str]] = []

    def stopped() -> None:
        command = [sys.executable, "-c", program, str(ready)]
        with lane_beside(lambda *_unused: command, ["demo"], tmp_path) as lane:
            lanes.append(lane.process)
            while not ready.exists():
                time.sleep(0.01)
            raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stopped()

    assert lanes[0].returncode
    assert time.monotonic() - start < 600


def test_results_survive_the_way(tmp_path: Path) -> None:
    """Counts and times are read as they were written."""
    broken = Outcome(passed=1, failed=2, skipped=3, failures=("one", "two"))
    results = [Result("integration", Outcome(passed=7)), Result("demo", broken, 61.5)]
    write_results(results, tmp_path / "results")

    read = read_results(tmp_path / "results", ())

    assert read == results
    assert read[1].outcome.failures == ("one", "two")
