"""A real HTTP server on the loopback interface that answers by a script: what transports are tested against."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import struct
import threading
import time
import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    import ssl


class Answer(t.NamedTuple):
    """An answer; a ``body`` that is no text is sent as JSON."""

    status: int = 200
    body: t.Any = None
    headers: t.Mapping[str, str] = {}


class Reset(t.NamedTuple):
    """The connection breaks instead of an answer."""


class Raw(t.NamedTuple):
    """Bytes in place of an answer, which never end: after ``start``, ``each`` comes again and again with a pause."""

    start: bytes
    each: bytes
    pause: float = 0.0


@dataclass
class Received:
    """A request as it came, and the number of the connection that it came by."""

    method: str
    path: str
    headers: t.Mapping[str, str]
    body: t.Any
    connection: int
    header_list: t.Sequence[tuple[str, str]] = ()


@dataclass
class Loopback:
    """
    A server that runs.

    Args:
        url: Such as ``http://127.0.0.1:40000``.
        script: What it answers, in this order; after that always an empty object.
        received: What came so far.
        answer: What answers in place of the script.
    """

    url: str = ""
    script: list[Answer | Reset | Raw] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    answer: t.Callable[[Received], Answer | Reset | Raw] | None = None

    def next_answer(self, received: Received) -> Answer | Reset | Raw:
        """What is answered to a request."""
        self.received.append(received)
        if self.answer is not None:
            return self.answer(received)
        return self.script.pop(0) if self.script else Answer(body={})

    @property
    def requests(self) -> list[str]:
        """Methods and paths of what came."""
        return [f"{request.method} {request.path}" for request in self.received]


@contextlib.contextmanager
def serve(
    *script: Answer | Reset | Raw,
    tls: ssl.SSLContext | None = None,
    answer: t.Callable[[Received], Answer | Reset | Raw] | None = None,
) -> t.Iterator[Loopback]:
    """A server for the time of a ``with``; its threads end with it."""
    loopback = Loopback(script=list(script), answer=answer)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(loopback))
    server.handle_error = lambda *_arguments: None  # type: ignore[method-assign]  # clients that do not trust it hang up
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    loopback.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join(300)


def closed_port() -> int:
    """A port of 127.0.0.1 where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def _handler(loopback: Loopback) -> type[http.server.BaseHTTPRequestHandler]:
    lock = threading.Lock()
    connections = iter(range(1, 1_000_000))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5
        disable_nagle_algorithm = True  # the body, which comes after the head, would wait for 40 ms

        def setup(self) -> None:
            super().setup()
            self.number = next(connections)

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            received = Received(
                self.command,
                self.path,
                dict(self.headers.items()),
                json.loads(raw) if raw else None,
                self.number,
                self.headers.items(),
            )
            with lock:
                planned = loopback.next_answer(received)
            if isinstance(planned, Reset):
                # Closing without lingering makes the kernel send RST.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
                return
            if isinstance(planned, Raw):
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.sendall(planned.start)
                    while True:
                        self.connection.sendall(planned.each)
                        time.sleep(planned.pause)
                return
            text = planned.body if isinstance(planned.body, str) else json.dumps(planned.body)
            body = text.encode()
            self.send_response(planned.status)
            for name, value in {"Content-Length": str(len(body)), **planned.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815  # http.server looks for these names

        def log_message(self, *_arguments: t.Any) -> None:
            """Tests say themselves what came."""

    return Handler
