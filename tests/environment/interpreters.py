"""
Which Pythons are here and work.

A name on ``PATH`` is no proof: it can be the shim of a version manager that only prints an error. So each candidate is
run.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROBE_TIMEOUT = 120  # seconds; a cold disk is slow, a shim that waits for something is slower

# Runs on any Python 3, also on those that are too old for everything else here.
_PROBE = """
import importlib.util, json, os, platform, sys
print(json.dumps([
    os.path.realpath(sys.executable),
    platform.python_implementation(),
    list(sys.version_info[:3]),
    importlib.util.find_spec("ensurepip") is not None,
]))
"""


@dataclass(frozen=True)
class Interpreter:
    """A CPython that was seen to run; ``path`` is the real file, never a shim or a link."""

    path: Path
    version: tuple[int, int, int]
    has_ensurepip: bool

    @property
    def series(self) -> str:
        """The version without the patch level: ``3.13``."""
        return f"{self.version[0]}.{self.version[1]}"


def working_interpreters(candidates: t.Iterable[Path] | None = None) -> list[Interpreter]:
    """
    One interpreter for each series of Python 3 that is here, newest series first.

    Args:
        candidates: Files to try; ``None`` looks along ``PATH`` and into pyenv's versions.
    """
    files = sorted(set(_candidates() if candidates is None else candidates))
    with ThreadPoolExecutor(max_workers=4) as pool:
        return one_of_each_series(found for found in pool.map(probe, files) if found)


def one_of_each_series(found: t.Iterable[Interpreter]) -> list[Interpreter]:
    """
    The best interpreter of each series, newest series first.

    Best is one that can make virtual environments, then the newest patch level, then the first path by name.
    """
    by_quality = sorted(found, key=lambda one: (one.has_ensurepip, one.version), reverse=True)
    best: dict[str, Interpreter] = {}
    for one in by_quality:
        best.setdefault(one.series, one)
    return sorted(best.values(), key=lambda one: one.version, reverse=True)


def probe(file: Path) -> Interpreter | None:
    """Run ``file`` and see what it is; ``None`` for all that is not a working CPython 3."""
    try:
        answer = subprocess.run(
            [file, "-I", "-c", _PROBE],
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=PROBE_TIMEOUT,
        )
        path, implementation, version, has_ensurepip = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if implementation != "CPython":
        return None
    major, minor, patch = version
    return Interpreter(Path(path), (major, minor, patch), has_ensurepip)


def _candidates() -> t.Iterator[Path]:
    """Every file that is named like a Python 3; links to one file are tried once."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [Path(folder) for folder in os.get_exec_path()]
    folders += sorted(pyenv.glob("versions/*/bin"))
    files = itertools.chain.from_iterable(folder.glob("python3*") for folder in folders)
    named = (
        file for file in files if file.name.removeprefix("python3").lstrip(".").isdigit() or file.name == "python3"
    )
    return (file.resolve() for file in itertools.chain([Path(sys.executable)], named) if os.access(file, os.X_OK))
