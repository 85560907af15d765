"""The tests on every supported release of ansible-core and of Kubernetes, and a table of what came out."""

from __future__ import annotations

import contextlib
import os
import typing as t
from dataclasses import dataclass, replace

from tests.cluster.binaries import RELEASES
from tests.environment.cores import CORES, chosen_cores, controller_for
from tests.environment.lanes import Plan, run_plan
from tests.environment.steps import Outcome, Result, duration, failures, total
from tests.environment.workplace import Workplace

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.environment.cores import Core
    from tests.environment.interpreters import Interpreter

# The tests of the tools themselves are the same everywhere: tests/unit is what depends on the release.
WHOLE: t.Final = Plan(
    first=("unit-plugins", "unit-target"),
    lanes=(("sanity", "e2e-core"), ("e2e-rest",), ("integration", "reliability")),
)
# The kubelets of all releases answer the same questions, so they are all asked in one row, that of an older Kubernetes.
WHOLE_ON_OLDER_KUBERNETES: t.Final = Plan(first=("oracle", *WHOLE.first), lanes=WHOLE.lanes)
# A release that is neither new nor old handles a cluster as those around it do.
PART: t.Final = Plan(first=WHOLE.first, lanes=(("sanity", "e2e-core"), ("integration",)))
# Set for tests that take minutes, once for each release of Kubernetes: they say so themselves where they are skipped without it,
# tests/reliability runs many rounds with it, and tests/oracle asks the kubelets of all releases about many cases.
SLOW: t.Final = "REGCRED_SLOW"
COLUMNS: t.Final = WHOLE_ON_OLDER_KUBERNETES.names


@dataclass(frozen=True)
class Row:
    """
    Releases that are tested together, and what became of it.

    Attributes:
        kubernetes: A release, empty for the newest.
        python: Empty where none fits, and nothing was run.
    """

    core: Core
    kubernetes: str = ""
    python: str = ""
    results: Sequence[Result] = ()

    @property
    def plan(self) -> Plan:
        """What it runs: everything on a preview, the newest release and the oldest, but not on those between them."""
        if self.kubernetes:
            return WHOLE_ON_OLDER_KUBERNETES
        return PART if self.core.stable and self.core != _NEWEST else WHOLE

    @property
    def is_slow(self) -> bool:
        """Whether it runs the tests that take minutes, too."""
        return self.core == _NEWEST or bool(self.kubernetes)


_NEWEST: t.Final = next(core for core in CORES if core.stable)
ROWS: t.Final = (*(Row(core) for core in CORES[:-1]), *(Row(CORES[-1], release) for release in RELEASES[1:]))
"""The oldest ansible-core meets the older releases of Kubernetes, all others meet the newest."""


def chosen_rows(names: Sequence[str]) -> Sequence[Row]:
    """
    The rows with these releases of ansible-core or Kubernetes, or all of them.

    Raises:
        SetupError: A name is none of a supported release.
    """
    chosen_cores([name for name in names if name not in RELEASES])
    return [row for row in ROWS if not names or {row.core.series, row.kubernetes or RELEASES[0]} & {*names}]


def run_matrix(interpreters: Sequence[Interpreter], rows: Sequence[Row] = ROWS) -> list[Row]:
    """Run each row that an interpreter fits."""
    done = []
    for row in rows:
        with _slow_tests() if row.is_slow else contextlib.nullcontext():
            done.append(_run(row, controller_for(row.core, interpreters), interpreters))
    return done


@contextlib.contextmanager
def _slow_tests() -> Iterator[None]:
    os.environ[SLOW] = "1"
    try:
        yield
    finally:
        del os.environ[SLOW]


def _run(row: Row, interpreter: Interpreter | None, interpreters: Sequence[Interpreter]) -> Row:
    if interpreter is None:
        return row
    workplace = Workplace(row.core, interpreter, interpreters, kubernetes=row.kubernetes)
    print(f"##### {workplace}\n", flush=True)
    return replace(row, python=interpreter.series, results=run_plan(workplace, row.plan))


def table(rows: Sequence[Row]) -> str:
    """What failed, a line a release with a column a step, and the counts of all as the last line."""
    head = ["ansible-core", "Python", "Kubernetes", *COLUMNS, "time"]
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    everything = total([result for row in rows for result in row.results])
    failed = [text for row in rows for text in failures(row.results, of=f"{row.core.series} {row.kubernetes}".strip())]
    return "\n".join([*failed, *lines, str(everything)])


def _cells(row: Row) -> list[str]:
    name = row.core.series if row.core.stable else f"{row.core.series} (preview)"
    if not row.python:
        return [name, f"not run: none of Python {', '.join(row.core.controllers)} is here", *[""] * (len(COLUMNS) + 2)]
    verdicts = {result.name: _verdict(result.outcome) for result in row.results}
    seconds = sum(result.seconds for result in row.results)
    return [
        name,
        row.python,
        row.kubernetes or "newest",
        *(verdicts.get(step, "") for step in COLUMNS),
        duration(seconds),
    ]


def _verdict(outcome: Outcome) -> str:
    return f"{outcome.failed} FAILED" if outcome.failed else f"{outcome.passed} ok"
