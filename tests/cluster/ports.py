"""Free ports on 127.0.0.1."""

from __future__ import annotations

import socket
import typing as t

LOOPBACK: t.Final = "127.0.0.1"


def free_ports() -> t.Iterator[int]:
    """
    Ports that nobody listens on at the moment, without end.

    Another program may take one before its user does: who listens on it has to be ready to try the next.
    """
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        yield port
