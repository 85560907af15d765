"""A syslog of our own: a socket at ``/dev/log`` in a mount namespace, so that what a module logs can be read, and nobody else's is."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
import typing as t
from pathlib import Path

LONGEST_MESSAGE: t.Final = 1 << 20
POLL_SECONDS: t.Final = 0.02
# /dev as it is, but for the log; the machine's is not touched, since all of it is mounted in a namespace of its own.
WITH_LOG: t.Final = """
set -e
mkdir "$1/dev"
mount --rbind /dev "$1/dev"
mount -t tmpfs -o mode=755 tmpfs /dev
for there in "$1"/dev/*; do
    here="/dev/${there##*/}"
    if [ "$here" = /dev/log ]; then continue
    elif [ -L "$there" ]; then cp -P "$there" "$here"
    elif [ -d "$there" ]; then mkdir "$here" && mount --rbind "$there" "$here"
    else touch "$here" && mount --bind "$there" "$here"; fi
done
ln -s "$1/log" /dev/log
shift
exec "$@"
"""


class Syslog:
    """
    What was logged so far.

    Attributes:
        prefix: What to put before a command that is to log here.
    """

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.prefix = ("unshare", "--mount", "--propagation", "private", "sh", "-c", WITH_LOG, "sh", str(folder))
        self._listener = listener
        self._messages: list[str] = []
        self._lock = threading.Lock()

    @property
    def messages(self) -> tuple[str, ...]:
        """As they came, with their priority before them; who logs has handed a message over when it ends."""
        self._drain()
        return tuple(self._messages)

    def _drain(self) -> None:
        with self._lock, contextlib.suppress(BlockingIOError):
            while True:
                self._messages.append(self._listener.recv(LONGEST_MESSAGE).decode(errors="replace"))

    def follow(self, ended: threading.Event) -> None:
        """Take messages until the end: who logs waits when too many lie there."""
        while not ended.wait(POLL_SECONDS):
            self._drain()


def why_no_syslog() -> str:
    """Why there can be none here, in one sentence; empty when there can."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return "a private syslog needs root, and the program unshare"
    return ""


@contextlib.contextmanager
def private_syslog() -> t.Iterator[Syslog]:
    """A syslog for the time of a ``with``."""
    with (
        tempfile.TemporaryDirectory(prefix="regcred-syslog-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener,
    ):
        path = Path(folder) / "log"
        listener.bind(str(path))
        listener.settimeout(0)
        path.chmod(0o666)
        Path(folder).chmod(0o755)
        syslog, ended = Syslog(Path(folder), listener), threading.Event()
        thread = threading.Thread(target=syslog.follow, args=(ended,))
        thread.start()
        try:
            yield syslog
        finally:
            ended.set()
            thread.join()
