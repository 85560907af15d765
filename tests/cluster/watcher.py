"""
Ends what a parent left behind: processes by id and start time, one directory, and the cgroup of its name.

``python -m tests.cluster.watcher DIRECTORY`` reads a line ``PID START_TIME`` from its standard input for each process that its parent
started. At the end of the input, which also comes when the parent is killed, it ends the process groups of those that still run and
removes the directory. After the line ``release`` it leaves without touching anything.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from tests.cluster.cgroups import remove_cgroups
from tests.cluster.deadlines import HANGS_AFTER_SECONDS

RELEASE: t.Final = "release"
REPOSITORY: t.Final = Path(__file__).resolve().parents[2]


class ProcessIdentity(t.NamedTuple):
    """
    A process, distinguished from a later one that was given the same id.

    Attributes:
        pid: The process id.
        start_time: Clock ticks from boot to its start (field 22 of ``/proc/PID/stat``).
    """

    pid: int
    start_time: int


def identify(pid: int, *, proc: Path = Path("/proc")) -> ProcessIdentity | None:
    """Who runs under this id now, in the process namespace of ``proc``; None when nobody does (a zombie does not run)."""
    try:
        stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, threads, start_time = fields[0], int(fields[17]), int(fields[19])
    # The first thread of a process that was killed can be a zombie while others still write.
    has_ended = state in "ZX" and threads <= 1
    return None if has_ended else ProcessIdentity(pid, start_time)


def is_running(process: ProcessIdentity) -> bool:
    """Whether this very process still runs."""
    return identify(process.pid) == process


def end_group(process: ProcessIdentity, *, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to the process group that this process leads, unless the id is somebody else's by now."""
    if is_running(process):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def wait_until_ended(processes: t.Iterable[ProcessIdentity], *, timeout: float) -> bool:
    """Wait at most ``timeout`` seconds; whether all have ended."""
    deadline = time.monotonic() + timeout
    left = list(processes)
    while left and time.monotonic() < deadline:
        left = [process for process in left if is_running(process)]
        time.sleep(0.01 if left else 0)
    return not left


class Watcher:
    """The parent's side: a watcher process that outlives it for as long as the clean-up takes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._watched: list[ProcessIdentity] = []
        self._process = subprocess.Popen(
            [sys.executable, "-E", "-S", "-m", "tests.cluster.watcher", str(directory)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The id of the watcher process."""
        return self._process.pid

    def watch(self, pid: int) -> None:
        """End the process group that this child leads when its parent is gone."""
        process = identify(pid)
        if process is not None:
            self._watched.append(process)
            self._send(f"{process.pid} {process.start_time}")

    def release(self) -> None:
        """Let everything live on: what was started is detached from now on."""
        self._send(RELEASE)
        self._end_input()

    def close(self) -> None:
        """Have the clean-up done now, and wait for it."""
        self._end_input()
        # Done already, unless somebody ended the watcher itself.
        clean_up(self._directory, self._watched)

    def _end_input(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait()

    def _send(self, line: str) -> None:
        if self._process.stdin is None:
            raise ValueError("the watcher has no input")
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()


def clean_up(directory: Path, processes: t.Sequence[ProcessIdentity]) -> None:
    """
    End these processes, the last one started first, and remove the directory once none of them can write to it.

    A node's cgroup has the name of its directory, and goes, too.
    """
    for process in reversed(processes):
        end_group(process)
    wait_until_ended(processes, timeout=HANGS_AFTER_SECONDS)
    remove_cgroups(directory.name)
    shutil.rmtree(directory, ignore_errors=True)


def main(directory: Path, lines: t.Iterable[str]) -> None:
    """Collect processes until the input ends, then clean up."""
    processes: list[ProcessIdentity] = []
    for line in lines:
        if line.strip() == RELEASE:
            return
        pid, start_time = line.split()
        processes.append(ProcessIdentity(int(pid), int(start_time)))
    clean_up(directory, processes)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin)
