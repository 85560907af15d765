"""The tests on every supported release of ansible-core, and a table of what came out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tests.environment.cores import CORES, controller_for
from tests.environment.steps import Outcome, Result, duration, run_steps, total
from tests.environment.workplace import Workplace

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.environment.cores import Core
    from tests.environment.interpreters import Interpreter

# The tests of the tools themselves are the same everywhere: tests/unit is what depends on the release.
STEPS: t.Final = ("unit-plugins", "unit-target", "sanity", "e2e", "integration")


@dataclass(frozen=True)
class Row:
    """What became of one release; without ``python`` it was not run."""

    core: Core
    python: str = ""
    results: Sequence[Result] = ()


def run_matrix(interpreters: Sequence[Interpreter], cores: Sequence[Core] = CORES) -> list[Row]:
    """Run the steps on each release that an interpreter fits."""
    return [_row(core, controller_for(core, interpreters), interpreters) for core in cores]


def _row(core: Core, interpreter: Interpreter | None, interpreters: Sequence[Interpreter]) -> Row:
    if interpreter is None:
        return Row(core)
    workplace = Workplace(core, interpreter, interpreters)
    print(f"##### {workplace}\n", flush=True)
    return Row(core, interpreter.series, run_steps(workplace.steps(*STEPS)))


def table(rows: Sequence[Row]) -> str:
    """A line a release, a column a step; the counts of all as the last line."""
    head = ["ansible-core", "Python", *STEPS, "time"]
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    everything = total([result for row in rows for result in row.results])
    return "\n".join([*lines, str(everything)])


def _cells(row: Row) -> list[str]:
    name = row.core.series if row.core.stable else f"{row.core.series} (preview)"
    if not row.python:
        return [name, f"not run: none of Python {', '.join(row.core.controllers)} is here", *[""] * (len(STEPS) + 1)]
    told = {result.name: _verdict(result.outcome) for result in row.results}
    seconds = sum(result.seconds for result in row.results)
    return [name, row.python, *(told.get(step, "") for step in STEPS), duration(seconds)]


def _verdict(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not run"
    return f"{outcome.failed} FAILED" if outcome.failed else f"{outcome.passed} ok"
