"""The tests on every supported release of ansible-core and of Kubernetes, and a table of what came out."""

from __future__ import annotations

import contextlib
import os
import typing as t
from dataclasses import dataclass

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
STEPS: t.Final = Plan(
    first=("unit-plugins", "unit-target"), then=("sanity", "e2e"), beside=("integration", "reliability")
)
# What depends on Kubernetes. The kubelets of all releases answer the same questions, so they are all asked there.
KUBERNETES_STEPS: t.Final = Plan(first=("oracle",), then=("e2e",), beside=("integration", "reliability"))
# Set for tests that take minutes, once for each release of Kubernetes: they say so themselves where they are skipped without it,
# tests/reliability runs many rounds with it, and tests/oracle asks the kubelets of all releases about many cases.
SLOW: t.Final = "REGCRED_SLOW"
COLUMNS: t.Final = ("oracle", *STEPS.names)


@dataclass(frozen=True)
class Row:
    """What became of one release of ansible-core, or one of Kubernetes; without ``python`` it was not run."""

    core: Core
    python: str = ""
    results: Sequence[Result] = ()
    kubernetes: str = ""


def chosen_rows(names: Sequence[str]) -> tuple[Sequence[Core], Sequence[str]]:
    """
    The releases of ansible-core and of Kubernetes with these names.

    Without names it is every release of ansible-core, on the newest Kubernetes, and every older release of Kubernetes.

    Raises:
        SetupError: A name is none of a supported release.
    """
    if not names:
        return CORES, RELEASES[1:]
    cores = [name for name in names if name not in RELEASES]
    return chosen_cores(cores) if cores else (), [release for release in RELEASES if release in names]


def run_matrix(
    interpreters: Sequence[Interpreter], cores: Sequence[Core] = CORES, releases: Sequence[str] = ()
) -> list[Row]:
    """
    Run the steps on each release that an interpreter fits.

    Args:
        interpreters: The Pythons that are here.
        cores: Releases of ansible-core.
        releases: Of Kubernetes; each runs with the newest stable ansible-core that is possible here.
    """
    stable = [core for core in CORES if core.stable]
    newest = next((core for core in stable if controller_for(core, interpreters)), stable[0])
    rows = []
    for core, release in [*((core, "") for core in cores), *((newest, release) for release in releases)]:
        with _slow_tests() if core == newest else contextlib.nullcontext():
            rows.append(_row(core, controller_for(core, interpreters), interpreters, release))
    return rows


@contextlib.contextmanager
def _slow_tests() -> Iterator[None]:
    os.environ[SLOW] = "1"
    try:
        yield
    finally:
        del os.environ[SLOW]


def _row(core: Core, interpreter: Interpreter | None, interpreters: Sequence[Interpreter], kubernetes: str = "") -> Row:
    if interpreter is None:
        return Row(core, kubernetes=kubernetes)
    workplace = Workplace(core, interpreter, interpreters, kubernetes=kubernetes)
    print(f"##### {workplace}\n", flush=True)
    results = run_plan(workplace, KUBERNETES_STEPS if kubernetes else STEPS)
    return Row(core, interpreter.series, results, kubernetes)


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
