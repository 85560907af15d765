"""One component of a cluster: started, watched, ended."""

from __future__ import annotations

import subprocess
import time
import typing as t

from tests.cluster.errors import ClusterError, ComponentEnded, PortTaken, last_lines
from tests.cluster.watcher import ProcessIdentity, Watcher, identify

if t.TYPE_CHECKING:
    from pathlib import Path


class Component:
    """
    A running program, a child of ours in a session of its own: Ctrl-C in a terminal reaches us alone, and we end the rest in order.

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
        self._started = time.monotonic()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        watcher.watch(self._process.pid)
        identity = identify(self._process.pid)
        if identity is None:
            self.check()
            raise ClusterError(
                f"{name}: process {self._process.pid} is not in /proc; a cluster needs Linux with /proc mounted"
            )
        self.identity: ProcessIdentity = identity

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
        said = self.last_lines()
        kind = PortTaken if "address already in use" in said else ComponentEnded
        seconds = time.monotonic() - self._started
        raise kind(f"{self.name} ended with code {code} after {seconds:.1f} s; the end of its log:\n{said}")

    def last_lines(self) -> str:
        """The end of its log."""
        return last_lines(self.log.read_text(encoding="utf-8", errors="replace"))

    def reap(self) -> None:
        """Collect the exit code of a component that has been ended, so that no zombie stays."""
        self._process.wait()
