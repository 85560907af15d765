from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment.layout import PROJECT


def _make(*arguments: str, path: Path, pyenv: Path) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(pyenv), "PATH": f"{path}:/usr/bin:/bin", "PYENV_ROOT": str(pyenv)}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, capture_output=True, check=False, cwd=PROJECT, env=environment, text=True)


def _script(file: Path, body: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture(name="shims")
def _shims(tmp_path: Path) -> Path:
    """A folder whose Pythons all fail, as a version manager's shims do."""
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        _script(tmp_path / "shims" / name, "echo 'not installed' >&2; exit 127")
    return tmp_path / "shims"


def test_failing_shims_are_passed_over(shims: Path, tmp_path: Path) -> None:
    """The first Python that really runs is taken, here one of pyenv's versions."""
    real = tmp_path / "versions" / "3.13.0" / "bin" / "python3"
    _script(real, f'exec "{sys.executable}" "$@"')

    done = _make("--dry-run", "unit", path=shims, pyenv=tmp_path)

    assert done.stdout == f"{real} -m tests.environment unit \n"


def test_an_old_python_is_passed_over(shims: Path, tmp_path: Path) -> None:
    """A Python that runs but is older than 3.11 is not taken."""
    _script(shims / "python3", "exit 1")

    done = _make("--dry-run", "unit", path=shims, pyenv=tmp_path)

    assert done.returncode
    assert "no working Python 3.11 or newer found" in done.stderr


def test_help_needs_nothing(shims: Path, tmp_path: Path) -> None:
    """`make` alone lists the targets, a line each, also without any Python."""
    done = _make(path=shims, pyenv=tmp_path)

    targets = [line.split()[1] for line in done.stdout.splitlines()]
    assert {
        "demo",
        "lint",
        "sanity",
        "unit",
        "oracle",
        "integration",
        "reliability",
        "test",
        "test-matrix",
        "benchmark",
        "clean",
    } <= set(targets)
    assert all(len(line) < 100 for line in done.stdout.splitlines())
