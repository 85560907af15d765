# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Processes as /proc shows them: which of them can be believed, and what is known of those.

Anybody can give a process any name and any arguments, also one that is root's: ``exec -a kubelet su`` waits for a password for as
long as its user likes. What nobody else can choose is the program that root's process runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")

Found = t.TypeVar("Found")

_DELETED = " (deleted)"
_IN_CONTAINER = re.compile(r"^NSpid:\s+[0-9]+\s+[0-9]", re.MULTILINE)
"""In a status: a process with a number in another namespace as well. What runs in a container is not the node's, root or not."""

LONGEST_TEXT = 16 * 1024 * 1024
"""Stands behind the path of a program that was replaced while it ran, as by an upgrade."""

_VERSION = re.compile(r"[-._]v?[0-9].*$")
"""What may stand behind a program's name, as in ``kubelet-v1.36.3``."""

_SERVICE = re.compile(r"/([^/\n]+)\.service(?:/|$)", re.MULTILINE)
_SOCKET = re.compile(r"socket:\[([0-9]+)\]")
_START_FIELD = 19
"""``starttime`` in /proc/PID/stat, counted from the field behind the program's name."""


@dataclass(frozen=True)
class Process:
    """
    A process that is root's or ours and runs a known program.

    Attributes:
        pid: Its number.
        folder: Its folder in /proc, which stays this process' own when another one gets its number; only while it is looked at.
    """

    pid: int
    folder: Path

    @property
    def cmdline(self) -> str:
        """Its command line, with NUL between the arguments; empty when it has ended."""
        return text_of(self.folder / "cmdline") or ""

    @property
    def environment(self) -> t.Mapping[str, str] | None:
        """Its variables; ``None`` when they cannot be read."""
        text = text_of(self.folder / "environ")
        if text is None:
            return None
        pairs = (each.partition("=") for each in text.split("\0"))
        return {name: value for name, _equals, value in pairs}

    @property
    def service(self) -> str:
        """The service that it belongs to by its cgroup; without systemd the name that it was started by."""
        found = _SERVICE.findall(text_of(self.folder / "cgroup") or "")
        if found:
            return str(found[-1])
        return re.split(r"[\0 ]", self.cmdline, maxsplit=1)[0].rpartition("/")[2]

    @property
    def started(self) -> float | None:
        """
        When it was started, in seconds since 1970, to a hundredth.

        The kernel knows when a process started by the time since the machine was booted. What the clock says of that moment is the same
        for files that are written from then on, unless the clock is set anew; then a restart too many may be asked for, once.
        """
        fields = (text_of(self.folder / "stat") or "").rpartition(")")[2].split()
        if len(fields) <= _START_FIELD:
            return None
        since_boot = int(fields[_START_FIELD]) / os.sysconf("SC_CLK_TCK")
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot

    @property
    def sockets(self) -> frozenset[str]:
        """The numbers (inodes) of its sockets."""
        try:
            links = [link_of(each) or "" for each in (self.folder / "fd").iterdir()]
        except OSError:
            return frozenset()
        return frozenset(match.group(1) for match in map(_SOCKET.fullmatch, links) if match)

    @contextlib.contextmanager
    def program(self) -> t.Iterator[str | None]:
        """A path of its program, which can be started and stays the same file; ``None`` when it is not one to be trusted."""
        with contextlib.ExitStack() as stack:
            try:
                descriptor = os.open(self.folder / "exe", os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                yield None
                return
            stack.callback(os.close, descriptor)
            yield str(_path_of(descriptor)) if _is_trusted_program(os.fstat(descriptor)) else None


def processes_of(programs: t.Collection[str], look: t.Callable[[Process], Found], proc: Path = PROC) -> list[Found]:
    """
    What is found out about each process that runs one of these programs, ordered by process.

    A process counts when it is in no container, all of its users are root or we, and its program is a file of theirs that nobody else may
    write and that lends nobody its owner's rights. Who is not root cannot see which programs root's processes run, and finds none of them.

    Args:
        programs: The names of the programs' files.
        look: Finds out; what it read counts only if the process was the same before and afterwards.
        proc: Where processes are seen.
    """
    found = []
    for entry in sorted(proc.glob("[0-9]*"), key=lambda each: int(each.name)):
        with _held(entry) as folder:
            before = _program_of(folder, programs) if folder else None
            if folder and before:
                result = look(Process(int(entry.name), folder))
                found += [result] if _program_of(folder, programs) == before else []
    return found


def text_of(file: Path) -> str | None:
    """
    What is in a file, as far as `LONGEST_TEXT` bytes; ``None`` when it is none, or cannot be read.

    It may be one that a process names: opening it waits for nobody, and a device is not read.
    """
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                return None
            return opened.read(LONGEST_TEXT).decode("utf-8", "surrogateescape")
    except OSError:
        return None


def link_of(path: Path) -> str | None:
    """Where a link leads; ``None`` when it cannot be read."""
    try:
        return os.readlink(path)
    except OSError:
        return None


@contextlib.contextmanager
def _held(entry: Path) -> t.Iterator[Path | None]:
    """A process' folder by a descriptor: once the process has ended nothing is in it, whoever gets the number."""
    try:
        descriptor = os.open(entry, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield _path_of(descriptor)
    finally:
        os.close(descriptor)


def _path_of(descriptor: int) -> Path:
    """A path of what is open here, for programs that we start as well: theirs is another /proc/self."""
    return PROC / os.readlink(PROC / "self") / "fd" / str(descriptor)


def _program_of(folder: Path, programs: t.Collection[str]) -> tuple[int, int] | None:
    """
    Which file a process runs, if both can be trusted.

    The users come first: between two looks a process can start another program, and with root's rights only one that lends them.
    """
    trusted = {"0", str(os.geteuid())}
    status = text_of(folder / "status") or ""
    users = re.search(r"^Uid:((?:\s+[0-9]+){4})\s*$", status, re.MULTILINE)
    path = link_of(folder / "exe")
    if users is None or path is None or not set(users.group(1).split()) <= trusted or _IN_CONTAINER.search(status):
        return None
    name = (path[: -len(_DELETED)] if path.endswith(_DELETED) else path).rpartition("/")[2]
    if name not in programs and _VERSION.sub("", name) not in programs:
        return None
    try:
        # Not by the path, which is one of the process' own mounts.
        file = (folder / "exe").stat()
    except OSError:
        return None
    return (file.st_dev, file.st_ino) if _is_trusted_program(file) else None


def _is_trusted_program(file: os.stat_result) -> bool:
    writable, lending = stat.S_IWGRP | stat.S_IWOTH, stat.S_ISUID | stat.S_ISGID
    is_ours = file.st_uid in (0, os.geteuid())
    return stat.S_ISREG(file.st_mode) and is_ours and not file.st_mode & (writable | lending)
