"""
The cgroup that a node has to itself, in each hierarchy of the machine: of its own name, so that nothing else is touched.

The watcher removes it, hence the standard library only.
"""

from __future__ import annotations

import contextlib
import os
import time
import typing as t
from pathlib import Path

KINDS: t.Final = ("cgroup", "cgroup2")
SECONDS: t.Final = 5.0


def hierarchies() -> list[Path]:
    """Where cgroups are mounted: one folder with version 2, several with version 1."""
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    fields = [line.split(" ") for line in lines]
    return [Path(field[1]) for field in fields if field[2] in KINDS]


def make_cgroups(name: str) -> None:
    """
    Make the cgroup in each hierarchy.

    Raises:
        OSError: The kernel, or who gave us this machine, does not allow it.
    """
    for hierarchy in hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)


def remove_cgroups(name: str) -> None:
    """Remove the cgroup and those below it from each hierarchy; those whose processes were just killed take a moment."""
    deadline = time.monotonic() + SECONDS
    left = hierarchies()
    while left and time.monotonic() < deadline:
        for hierarchy in left:
            _remove(hierarchy / name)
        left = [hierarchy for hierarchy in left if (hierarchy / name).exists()]
        time.sleep(0.02 if left else 0)


def _remove(folder: Path) -> None:
    for path, _folders, _files in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            Path(path).rmdir()
