"""What the Makefile calls: ``python -m tests.environment COMMAND``."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import typing as t

from tests.environment.cache import cache_root
from tests.environment.cores import newest_pair
from tests.environment.errors import SetupError
from tests.environment.interpreters import working_interpreters
from tests.environment.layout import PROJECT
from tests.environment.lint import quick_linters
from tests.environment.matrix import chosen_rows, run_matrix, table
from tests.environment.steps import Outcome, Step, run_steps, summary, total
from tests.environment.workplace import Workplace

if t.TYPE_CHECKING:
    from collections.abc import Sequence

TEST: t.Final = ("lint", "unit", "oracle", "sanity", "cluster", "e2e", "integration", "demo")
PROGRAMS: t.Final = {"demo": "tests.demo", "benchmark": "tests.benchmark"}
LEFTOVERS: t.Final = (".build", ".mypy_cache", ".pytest_cache", ".ruff_cache", "tests/output")


def main() -> int:
    """Do as the command line says; 0 when nothing failed."""
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(143))  # as Ctrl-C: copies are removed, clusters are stopped
    options = _options()
    try:
        return _do(options.command, options.arguments)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.environment")
    parser.add_argument("command", choices=[*TEST, "lint-quick", "test", "test-matrix", "benchmark", "clean"])
    parser.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        help="for unit: pytest's; for oracle: those of tests.oracle compare; for integration: targets; for test-matrix: releases,"
        " such as ansible-core's 2.18 or Kubernetes' 1.34; for programs: theirs",
    )
    return parser.parse_args()


def _do(command: str, arguments: list[str]) -> int:
    if command == "clean":
        return _clean()
    interpreters = working_interpreters()
    if command == "test-matrix":
        rows = run_matrix(interpreters, *chosen_rows(arguments))
        print(table(rows))
        return int(any(total(row.results).failed for row in rows))
    workplace = Workplace(*newest_pair(interpreters), interpreters)
    if command in PROGRAMS:
        workplace.become(PROGRAMS[command], arguments)
    return _run(_steps(workplace, command, arguments))


def _steps(workplace: Workplace, command: str, arguments: list[str]) -> Sequence[Step]:
    if command == "test":
        return workplace.steps(*TEST)
    if command == "lint-quick":
        return [Step(command, "the linters that take seconds", lambda: workplace.lint(quick_linters()))]
    if command in {"unit", "oracle", "integration"} and arguments:
        run: t.Callable[..., Outcome] = getattr(workplace, command)
        return [Step(command, " ".join(arguments), lambda: run(*arguments))]
    return workplace.steps(command)


def _run(steps: Sequence[Step]) -> int:
    results = run_steps(steps)
    print(summary(results), flush=True)
    return int(total(results).failed > 0)


def _clean() -> int:
    for name in LEFTOVERS:
        shutil.rmtree(PROJECT / name, ignore_errors=True)
    for folder in list(PROJECT.rglob("__pycache__")):
        shutil.rmtree(folder, ignore_errors=True)
    print(f"cleaned; what all checkouts share is in {cache_root()} and may be deleted at any time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
