"""All that reads the code without running it, a few at a time, over a copy of the collection."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.environment.cache import cache_root, locked
from tests.environment.failures import shortened
from tests.environment.layout import COLLECTION
from tests.environment.processes import Done, run
from tests.environment.steps import Outcome, duration

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.environment.venvs import Venv

MYPY_PACKAGES = ("ansible_collections.regcred.kubernetes.plugins", "tests")


@dataclass(frozen=True)
class Linter:
    """
    A program that finds fault.

    Attributes:
        name: What the report calls it.
        command: The program, to be found in the virtual environment, and its arguments.
        env: What it wants in the environment.
        cache: A folder in the cache that it keeps for itself, for one run at a time.
        quick: Whether it takes about a second.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cache: str = ""
    quick: bool = False


def linters() -> list[Linter]:
    """All linters, the slowest first, so that the quick ones fill the gaps."""
    # Relative paths keep mypy's cache good for the next copy, which is in another folder.
    mypy_env = {"MYPYPATH": f".:{os.path.relpath('.', COLLECTION)}"}
    packages = [argument for package in MYPY_PACKAGES for argument in ("--package", package)]
    return [
        Linter("mypy", ["mypy", f"--cache-dir={cache_root() / 'mypy'}", *packages], env=mypy_env, cache="mypy"),
        Linter("ansible-lint", ["ansible-lint", "--offline", "--strict", "--nocolor"]),
        Linter("antsibull-docs", ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "."]),
        Linter("house rules", ["python", "-m", "tests.lint"], quick=True),
        Linter("yamllint", ["yamllint", "--strict", "."], quick=True),
        Linter("antsibull-changelog", ["antsibull-changelog", "lint"]),
        Linter("ruff check", ["ruff", "check", "--no-cache", "--output-format=concise", "."], quick=True),
        Linter("ruff format", ["ruff", "format", "--no-cache", "--check", "--output-format=concise", "."], quick=True),
    ]


def quick_linters() -> list[Linter]:
    """Those for a hook before each commit."""
    return [linter for linter in linters() if linter.quick]


def lint(collections: Path, venv: Venv, chosen: Sequence[Linter] | None = None) -> Outcome:
    """
    Run the linters side by side and print what they find.

    Args:
        collections: The folder that holds ``ansible_collections``.
        venv: Where the linters are installed.
        chosen: Which ones; ``None`` for all.
    """
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return sum(pool.map(lambda linter: _outcome(linter, collections, venv), chosen or linters()), start=Outcome())


def _outcome(linter: Linter, collections: Path, venv: Venv) -> Outcome:
    start = time.monotonic()
    done = _run(linter, collections, venv)
    verdict = f"failed (status {done.status})" if done.status else "passed"
    findings = f"{done.text.rstrip()}\n" if done.status else ""
    # One call, so that the reports of two linters do not mix.
    print(f"{findings}{linter.name}: {verdict} in {duration(time.monotonic() - start)}", flush=True)
    return Outcome(failed=1, failures=(f"{linter.name}\n{shortened(done.text)}",)) if done.status else Outcome(passed=1)


def _run(linter: Linter, collections: Path, venv: Venv) -> Done:
    program, *arguments = linter.command
    env = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_HOME": str(collections / "home"),
        "PATH": os.pathsep.join([str(venv.bin), os.environ.get("PATH", os.defpath)]),
        **linter.env,
    }
    with _alone(linter.cache):
        return run([venv.bin / program, *arguments], cwd=collections / COLLECTION, env=env)


@contextlib.contextmanager
def _alone(cache: str) -> Iterator[None]:
    if not cache:
        yield
        return
    with locked(cache_root() / f"{cache}.lock", while_waiting=f"waiting for another run of {cache}"):
        yield
