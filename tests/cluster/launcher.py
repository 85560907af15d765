"""
The one way in which clusters, registries and nodes start: programs in a directory of their own, at a free port, and their end.

    def start(launch: Launch) -> Server:
        launch.run("server", [program, f"--port={launch.port}"])
        launch.wait(answers, "the server's first answer")
        return Server(launch.directory)

    with launched("regcred-server-", start) as server:
        ...
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.errors import PortTaken, StartTimeout
from tests.cluster.ports import free_ports
from tests.cluster.processes import Component
from tests.cluster.watcher import Watcher

ATTEMPTS: t.Final = 5
READY_TIMEOUT: t.Final = 600
POLL_SECONDS: t.Final = 0.02
T = t.TypeVar("T")


class Part(t.Protocol):
    """A component, or a service of a node."""

    def check(self) -> None:
        """Return when it runs."""

    def last_lines(self) -> str:
        """The end of its log."""


@dataclass(frozen=True)
class Launch:
    """
    What was started together, known even when a start fails.

    Attributes:
        directory: Of its own, mode 0700, the working directory of the components; it goes with them.
        port: Where one of them may listen on 127.0.0.1.
        watcher: Ends all when we are gone.
        components: The processes that are children of ours, in the order of their start.
        parts: What has to run: the components and, on a node, its services.
        before_end: What is called before they are ended.
    """

    directory: Path
    port: int
    watcher: Watcher
    components: list[Component] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    before_end: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def run(self, name: str, command: t.Sequence[str]) -> Component:
        """Start a component."""
        component = Component(name, command, directory=self.directory, watcher=self.watcher)
        self.components.append(component)
        self.parts.append(component)
        return component

    def check(self) -> None:
        """Return when all parts run; raises `PortTaken` or `ComponentEnded` with the end of the log of one that does not."""
        for part in self.parts:
            part.check()

    def wait(self, is_done: t.Callable[[], bool], what: str) -> None:
        """
        Return when it is done.

        Raises:
            PortTaken: Somebody else took the port first.
            ComponentEnded: A part ended; the message holds the end of its log.
            StartTimeout: It was not done within ten minutes.
        """
        deadline = time.monotonic() + READY_TIMEOUT
        while not is_done():
            self.check()
            if time.monotonic() > deadline:
                logs = "\n".join(part.last_lines() for part in self.parts)
                raise StartTimeout(f"{what}: not there after {READY_TIMEOUT} s; the ends of the logs:\n{logs}")
            time.sleep(POLL_SECONDS)

    def end(self) -> None:
        """End the components, remove the directory, and leave no zombie."""
        try:
            self.before_end.close()
        finally:
            self.watcher.close()
            for component in self.components:
                component.reap()


Start: t.TypeAlias = t.Callable[[Launch], T]


def launch(prefix: str, start: Start[T], ports: t.Iterator[int] | None = None) -> tuple[T, Launch]:
    """
    Start something that lives until `Launch.end`, or for as long as it likes once its watcher is released.

    Args:
        prefix: Begins the directory's name.
        start: Starts it; after a `PortTaken` it is asked again, with another directory and port.
        ports: Where it may listen, tried in this order; None for any that are free.

    Raises:
        ClusterError: It could not be started; nothing is left then.
    """
    left = ports or free_ports()
    for port in itertools.islice(left, ATTEMPTS - 1):
        with contextlib.suppress(PortTaken):
            return _launch_at(port, prefix, start)
    return _launch_at(next(left), prefix, start)


def _launch_at(port: int, prefix: str, start: Start[T]) -> tuple[T, Launch]:
    directory = Path(tempfile.mkdtemp(prefix=prefix))
    launch = Launch(directory, port, Watcher(directory))
    try:
        return start(launch), launch
    except BaseException:
        launch.end()
        raise


@contextlib.contextmanager
def launched(prefix: str, start: Start[T], ports: t.Iterator[int] | None = None) -> t.Iterator[T]:
    """The same for the time of a ``with``; after it no process and no file is left, however it ends."""
    started, everything = launch(prefix, start, ports)
    try:
        yield started
    finally:
        everything.end()
