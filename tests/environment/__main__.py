"""What the Makefile calls: ``python -m tests.environment COMMAND``."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import typing as t
from pathlib import Path

from tests.environment.cache import cache_root
from tests.environment.cores import chosen_pair
from tests.environment.errors import SetupError
from tests.environment.interpreters import working_interpreters
from tests.environment.lanes import Plan, run_plan, write_results
from tests.environment.layout import PROJECT
from tests.environment.lint import quick_linters
from tests.environment.matrix import chosen_rows, run_matrix, table
from tests.environment.steps import Outcome, Step, run_steps, summary, total
from tests.environment.workplace import Workplace

if t.TYPE_CHECKING:
    from collections.abc import Sequence

TEST: t.Final = Plan(
    first=("lint", "unit", "oracle"),
    lanes=(("sanity", "e2e-core"), ("e2e-rest", "demo"), ("integration",), ("cluster", "reliability")),
)
PROGRAMS: t.Final = {"demo": "tests.demo", "benchmark": "tests.benchmark"}
LEFTOVERS: t.Final = (".build", ".mypy_cache", ".hypothesis", ".pytest_cache", ".ruff_cache", "tests/output")


def main() -> int:
    """Do as the command line says; 0 when nothing failed."""
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(143))  # as Ctrl-C: copies are removed, clusters are stopped
    options = _options()
    try:
        return _do(options)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.environment")
    parser.add_argument("--core", help="the release of ansible-core, such as 2.18 (default: the newest that runs here)")
    parser.add_argument(
        "--kubernetes", default="", help="the release of Kubernetes, such as 1.34 (default: the newest)"
    )
    commands = [*TEST.names, "e2e", "lane", "lint-quick", "test", "test-matrix", "benchmark", "clean"]
    parser.add_argument("command", choices=commands)
    parser.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        help="for lane: a file for results, and steps; for unit, oracle, e2e and reliability: pytest's; for integration: targets;"
        " for test-matrix: releases,"
        " such as ansible-core's 2.18 or Kubernetes' 1.34; for programs: theirs",
    )
    return parser.parse_args()


def _do(options: argparse.Namespace) -> int:
    command, arguments = options.command, options.arguments
    if command == "clean":
        return _clean()
    interpreters = working_interpreters()
    if command == "test-matrix":
        rows = run_matrix(interpreters, chosen_rows(arguments))
        print(table(rows))
        return int(any(total(row.results).failed for row in rows))
    workplace = Workplace(*chosen_pair(options.core, interpreters), interpreters, kubernetes=options.kubernetes)
    if command in PROGRAMS:
        workplace.become(PROGRAMS[command], arguments)
    if command == "lane":
        return _lane(workplace, *arguments)
    results = run_plan(workplace, TEST) if command == "test" else run_steps(_steps(workplace, command, arguments))
    print(summary(results), flush=True)
    return int(total(results).failed > 0)


def _steps(workplace: Workplace, command: str, arguments: list[str]) -> Sequence[Step]:
    if command == "lint-quick":
        return [Step(command, "the linters that take seconds", lambda: workplace.lint(quick_linters()))]
    if command in {"unit", "oracle", "e2e", "integration", "reliability"} and arguments:
        run: t.Callable[..., Outcome] = getattr(workplace, command)
        return [Step(command, " ".join(arguments), lambda: run(*arguments))]
    return workplace.steps(command)


def _lane(workplace: Workplace, file: str, *names: str) -> int:
    """Run steps for the process that waits for them; it tells what came out."""
    write_results(run_steps(workplace.steps(*names)), Path(file))
    return 0


def _clean() -> int:
    for name in LEFTOVERS:
        shutil.rmtree(PROJECT / name, ignore_errors=True)
    for folder in list(PROJECT.rglob("__pycache__")):
        shutil.rmtree(folder, ignore_errors=True)
    print(f"cleaned; what all checkouts share is in {cache_root()} and may be deleted at any time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
