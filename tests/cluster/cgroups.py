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
MOUNTS: t.Final = Path("/proc/self/mounts")
UNIFIED: t.Final = "/sys/fs/cgroup"
"""Where version 2 is mounted, if it is what the kubelet is to use."""
# The kubelet does not start without these (validateSystemRequirements), nor, on version 2, if its cgroup has less than the machine
# of all that it can use (cgroupV2impl.Validate).
NEEDED: t.Final = ("cpu", "cpuset", "memory")
USED: t.Final = (*NEEDED, "pids", "hugetlb")


class Hierarchy(t.NamedTuple):
    """
    A mounted hierarchy.

    Attributes:
        folder: Where.
        is_unified: Whether it has all controllers, which makes it version 2. Beside version 1 it may be mounted for systemd's sake.
        options: Of the mount; with version 1 its controllers are among them.
    """

    folder: Path
    is_unified: bool
    options: tuple[str, ...]


def hierarchies() -> list[Hierarchy]:
    """Where cgroups are mounted: one folder with version 2, several with version 1."""
    fields = [line.split(" ") for line in MOUNTS.read_text(encoding="utf-8").splitlines()]
    return [
        Hierarchy(Path(folder), kind == "cgroup2" and folder == UNIFIED, tuple(options.split(",")))
        for _device, folder, kind, options, *_rest in fields
        if kind in KINDS
    ]


def make_cgroups(name: str) -> list[str]:
    """
    Make the cgroup in each hierarchy.

    Returns:
        The controllers that a kubelet needs and that the cgroup does not have.

    Raises:
        OSError: The kernel, or who gave us this machine, does not allow it.
    """
    found: set[str] = set()
    for hierarchy in hierarchies():
        cgroup = hierarchy.folder / name
        if hierarchy.is_unified:
            _hand_down(hierarchy.folder)
        cgroup.mkdir(exist_ok=True)
        found.update(_words(cgroup / "cgroup.controllers") if hierarchy.is_unified else hierarchy.options)
    return [controller for controller in NEEDED if controller not in found]


def _hand_down(folder: Path) -> None:
    """With version 2 a cgroup has the controllers that the one above hands down; runc does the same for those that it makes."""
    has, gives = _words(folder / "cgroup.controllers"), _words(folder / "cgroup.subtree_control")
    more = [f"+{controller}" for controller in USED if controller in has and controller not in gives]
    if more:
        (folder / "cgroup.subtree_control").write_text(" ".join(more), encoding="utf-8")


def _words(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split()


def remove_cgroups(name: str) -> None:
    """Remove the cgroup and those below it from each hierarchy; those whose processes were just killed take a moment."""
    deadline = time.monotonic() + SECONDS
    left = [hierarchy.folder for hierarchy in hierarchies()]
    while left and time.monotonic() < deadline:
        for folder in left:
            _remove(folder / name)
        left = [folder for folder in left if (folder / name).exists()]
        time.sleep(0.02 if left else 0)


def _remove(folder: Path) -> None:
    for path, _folders, _files in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            Path(path).rmdir()
