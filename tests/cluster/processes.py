"""Children that end with their parent, whatever happens, and one component of a cluster: started, watched, ended."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
import typing as t

from tests.cluster.errors import ClusterError, ComponentEnded, PortTaken, last_lines
from tests.cluster.watcher import ProcessIdentity, Watcher, end_group, identify

if t.TYPE_CHECKING:
    from pathlib import Path

GATE: t.Final = ("/bin/sh", "-c", 'read -r go && exec "$@" </dev/null', "gate")
"""
Becomes the program once a line comes in, and ends when the other end of its input is gone.

So a program begins only when the watcher knows of it: there is no moment in which a parent that is killed leaves it behind.
A death signal (PR_SET_PDEATHSIG) would come at the end of the thread that started the child, and for clusters that are detached, too.
"""


def start_watched(
    command: t.Sequence[str],
    *,
    directory: Path,
    log: Path,
    watcher: Watcher,
    environment: t.Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """
    Start a program that the watcher ends when we are gone, however early that is.

    It leads a session of its own: Ctrl-C in a terminal reaches us alone, and we end the rest in order.

    Args:
        command: Program and arguments.
        directory: Its working directory.
        log: The file that takes all it writes, behind what is there.
        watcher: Ends it, with all of its process group.
        environment: Its variables; None is ours.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*GATE, *command],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            bufsize=0,
        )
    with t.cast("t.IO[bytes]", process.stdin) as gate:
        try:
            watcher.watch(process.pid)
        except BaseException:
            process.kill()
            process.wait()
            raise
        with contextlib.suppress(BrokenPipeError):  # somebody has ended it already
            gate.write(b"go\n")
    return process


class Component:
    """
    A running program, a child of ours.

    Attributes:
        name: For example ``kube-apiserver``.
        identity: The process.
        log: The file that takes all it writes.
    """

    def __init__(self, name: str, command: t.Sequence[str], *, directory: Path, watcher: Watcher) -> None:
        """
        Start it; the watcher ends it when we are gone.

        Args:
            name: What it is called in messages.
            command: Program and arguments.
            directory: Its working directory; the log is ``NAME.log`` in it.
            watcher: The watcher of this cluster.
        """
        self.name = name
        self.log = directory / f"{name}.log"
        self._command, self._directory, self._watcher = command, directory, watcher
        self._start()

    def _start(self) -> None:
        self._started = time.monotonic()
        self._process = start_watched(self._command, directory=self._directory, log=self.log, watcher=self._watcher)
        identity = identify(self._process.pid)
        if identity is None:
            self.check()
            raise ClusterError(
                f"{self.name}: process {self._process.pid} is not in /proc; a cluster needs Linux with /proc mounted"
            )
        self.identity: ProcessIdentity = identity

    def kill(self) -> None:
        """End it at once, as a machine that loses its power does."""
        end_group(self.identity, number=signal.SIGKILL)
        self.reap()

    def start_again(self) -> None:
        """Start it anew, with the same command, after it has ended."""
        self._start()

    def check(self) -> None:
        """
        Return when it runs.

        Raises:
            PortTaken: It ended since somebody else listens on its port.
            ComponentEnded: It ended for another reason; the message holds the end of its log.
        """
        code = self._process.poll()
        if code is None:
            return
        end_of_log = self.last_lines()
        kind = PortTaken if "address already in use" in end_of_log else ComponentEnded
        seconds = time.monotonic() - self._started
        raise kind(f"{self.name} ended with code {code} after {seconds:.1f} s; the end of its log:\n{end_of_log}")

    def last_lines(self) -> str:
        """The end of its log."""
        return last_lines(self.log.read_text(encoding="utf-8", errors="replace"))

    def reap(self) -> None:
        """Collect the exit code of a component that has been ended, so that no zombie stays."""
        self._process.wait()
