"""
Steps in lanes beside each other: those of all but the first run in processes of their own, which are shown when the first is done.

Clusters, kubelets and modules wait for each other much of the time, so that it takes some lanes to keep two cores busy.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import tempfile
import time
import typing as t
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tests.environment.steps import Outcome, Result, run_steps

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.environment.processes import Command
    from tests.environment.workplace import Workplace

POLL_SECONDS: t.Final = 0.2


@dataclass(frozen=True)
class Plan:
    """
    Names of steps.

    Attributes:
        first: Run before all others, in order.
        lanes: Run beside each other after that, each in its order.
    """

    first: Sequence[str]
    lanes: Sequence[Sequence[str]]

    @property
    def names(self) -> tuple[str, ...]:
        """All steps, in the order of the report."""
        return (*self.first, *itertools.chain(*self.lanes))


def run_plan(workplace: Workplace, plan: Plan) -> list[Result]:
    """Run all steps: a failure in the first ones keeps no lane from running."""
    results = run_steps(workplace.steps(*plan.first))
    here, *others = plan.lanes
    with contextlib.ExitStack() as stack:
        lanes = [
            stack.enter_context(lane_beside(partial(workplace.command, "lane"), names, workplace.project))
            for names in others
        ]
        results += run_steps(workplace.steps(*here))
        return sum((lane.follow() for lane in lanes), start=results)


@dataclass(frozen=True)
class Lane:
    """A process that runs steps, and where it says what."""

    process: subprocess.Popen[str]
    names: Sequence[str]
    log: Path
    results: Path

    def follow(self) -> list[Result]:
        """Print its output so far and all until it ends, and return what became of its steps."""
        with self.log.open(encoding="utf-8") as log:
            ended = False
            while not ended:
                ended = self.process.poll() is not None
                print(log.read(), end="", flush=True)
                time.sleep(0 if ended else POLL_SECONDS)
        return read_results(self.results, self.names)


@contextlib.contextmanager
def lane_beside(command: Callable[..., Command], names: Sequence[str], cwd: Path) -> Iterator[Lane]:
    """
    Run a command beside what the block does; when that fails, the command is stopped.

    Args:
        command: The command that runs the steps which are its arguments but the first, a file for `write_results`.
        names: Of the steps.
        cwd: Where it runs.
    """
    print(f"=== beside what follows, and shown afterwards: {', '.join(names)}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="regcred-lane-") as folder:
        log, results = Path(folder) / "log", Path(folder) / "results.json"
        with (
            log.open("w", encoding="utf-8") as output,
            subprocess.Popen(
                command(str(results), *names),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            try:
                yield Lane(process, names, log, results)
            except BaseException:
                process.terminate()
                raise


def write_results(results: Sequence[Result], file: Path) -> None:
    """Write what became of steps, for the process that waits for it."""
    file.write_text(json.dumps([asdict(result) for result in results]), encoding="utf-8")


def read_results(file: Path, names: Sequence[str]) -> list[Result]:
    """What `write_results` wrote; where it did not come to that, each step has failed."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [Result(name, Outcome(failed=1, failures=("its lane ended before it",))) for name in names]
    return [_result(**row) for row in rows]


def _result(name: str, outcome: dict[str, t.Any], seconds: float) -> Result:
    return Result(name, Outcome(**{**outcome, "failures": tuple(outcome["failures"])}), seconds)
