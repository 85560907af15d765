"""
A proxy before an API server, which does to requests what networks, balancers and servers do on a bad day.

    with start_proxy(Upstream(server, context)) as proxy:
        proxy.script(Rule(CUT_AFTER, "DELETE", "/secrets/regcred$"))
        modules.run_module("pull_secret", {"host": proxy.url, ...})
        assert proxy.injected == {"cut after": 1}

Clients talk plain HTTP to it, or TLS where it is given a certificate; to the server it goes with the credential of its `Upstream`,
unless the client brings an ``Authorization`` of its own. Nothing but the standard library is used, so it serves any test.
"""

from __future__ import annotations

import collections
import contextlib
import http
import http.client
import http.server
import json
import random
import re
import socket
import ssl
import struct
import threading
import typing as t
import urllib.parse
from dataclasses import dataclass, field, replace

if t.TYPE_CHECKING:
    import email.message

LOOPBACK: t.Final = "127.0.0.1"
HANGS_AFTER_SECONDS: t.Final = 600
"""No server takes as long as this for an answer: one that does hangs."""
HOP_BY_HOP: t.Final = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding", "te", "upgrade"}
)
JSON_TYPE: t.Final = ("Content-Type", "application/json")
SERVER_IS_GONE: t.Final = "server is gone"

Headers: t.TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """
    What a client sent.

    Attributes:
        path: With the query, as it came.
        number: The how many-eth request of this method and path it is, from 1.
    """

    method: str
    path: str
    headers: Headers = ()
    body: bytes = b""
    number: int = 1

    def header(self, name: str) -> str:
        """The first value of a header, empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.method not in {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Answer:
    """What a server answered; without a ``phrase`` the status line has the usual words."""

    status: int = 200
    body: bytes = b"{}"
    headers: Headers = (JSON_TYPE,)
    phrase: str = ""


@dataclass(frozen=True)
class Exchange:
    """
    A request and what became of it.

    Attributes:
        fault: The name of what was done to it, empty for nothing.
        answer: The server's, ``None`` when the request did not reach it.
        sent: What the client was sent, before it was cut; ``None`` when that was nothing.
    """

    request: Request
    fault: str
    answer: Answer | None
    sent: Answer | None


Change: t.TypeAlias = t.Callable[["Request", "Answer | None", "t.Sequence[Exchange]"], Answer]
"""Makes the answer that is sent out of a request, the server's answer, and all that was exchanged earlier."""


@dataclass(frozen=True)
class Fault:
    """
    What is done to one request, in this order.

    Attributes:
        name: For the counts.
        delay: Seconds until anything happens.
        before: Called with the request before the server gets it: another writer is faster.
        reaches: Whether the server gets the request.
        after: Called with the request once the server has answered, and before the client knows.
        answer: What the client is sent instead of the server's answer, or what makes it.
        share: How much of the answer's body is sent before the connection is cut; 0 is not even a status line, ``None`` is all.
        pause: Seconds between the bytes of the body.
        resets: Whether a cut is a reset (RST) and not an end (FIN).
    """

    name: str
    delay: float = 0
    before: t.Callable[[Request], object] | None = None
    reaches: bool = True
    after: t.Callable[[Request], object] | None = None
    answer: Answer | Change | None = None
    share: float | None = None
    pause: float = 0
    resets: bool = False


NO_FAULT: t.Final = Fault("")
CUT_BEFORE: t.Final = Fault("cut before", reaches=False, share=0)
CUT_DURING: t.Final = Fault("cut during the answer", share=0.5)
CUT_AFTER: t.Final = Fault("cut after", share=0)
RESET_BEFORE: t.Final = Fault("reset before", reaches=False, share=0, resets=True)
RESET_AFTER: t.Final = Fault("reset after", share=0, resets=True)
HTML: t.Final = Answer(
    200, b"<html><body>Please <a href='/login'>log in</a></body></html>", (("Content-Type", "text/html"),)
)
FOREIGN_JSON: t.Final = Answer(200, b'{"status": "ok", "data": [1, 2, 3]}')


def delayed(seconds: float) -> Fault:
    """The server's own answer, later."""
    return Fault("delay", delay=seconds)


def slow_body(pause: float = 1.0) -> Fault:
    """The server's own answer, byte after byte."""
    return Fault("slow body", pause=pause)


def refused(status: int, *, done: bool = False, retry_after: str | None = None, message: str = "") -> Fault:
    """
    A status of an API server or a balancer.

    Args:
        status: For example 503.
        done: Whether the server does the work all the same, as behind a balancer that gave up waiting.
        retry_after: The header's value.
        message: What the Status says.
    """
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": message or "a fault"}
    wait = (("Retry-After", retry_after),) if retry_after is not None else ()
    name = f"{status}{', done' if done else ''}{f', Retry-After {retry_after}' if retry_after is not None else ''}"
    return Fault(name, reaches=done, answer=Answer(status, json.dumps(body).encode(), (JSON_TYPE, *wait)))


def answered(name: str, answer: Answer | Change, *, done: bool = False) -> Fault:
    """Another answer than the server's, who does the work if ``done``."""
    return Fault(name, reaches=done, answer=answer)


def redirected(location: str, status: int = 302, *, done: bool = False) -> Fault:
    """To somewhere else, as an identity proxy does it with who has no session."""
    return Fault(f"{status} redirect", reaches=done, answer=Answer(status, b"", (("Location", location),)))


def truncated(request: Request, answer: Answer | None, _earlier: t.Sequence[Exchange]) -> Answer:
    """Half of the server's answer, with a length that says this is all."""
    whole = answer or Answer(200, b'{"kind": "Secret", "apiVersion": "v1", "metadata": {}}')
    del request
    return replace(whole, body=whole.body[: len(whole.body) // 2])


TRUNCATED: t.Final = answered("truncated body", truncated, done=True)


def endless_continue(request: Request, answer: Answer | None, _earlier: t.Sequence[Exchange]) -> Answer:
    """A page of a list that says there is one more, again and again."""
    document = json.loads((answer or Answer()).body)
    document.setdefault("metadata", {})["continue"] = f"page-{request.number}"
    return replace(answer or Answer(), body=json.dumps(document).encode())


class Chooser(t.Protocol):
    """Says what is to be done to a request; ``None`` for nothing."""

    def __call__(self, request: Request) -> Fault | None:
        """The fault for this request."""


@dataclass
class Rule:
    """
    A fault for certain requests.

    Attributes:
        fault: What.
        method: A regular expression that the whole method has to match.
        path: A regular expression, searched for in the path with its query.
        body: A regular expression, searched for in the body.
        skip: How many such requests are let through first.
        times: How many of them it is done to; ``None`` is all.
    """

    fault: Fault
    method: str = ".*"
    path: str = ""
    body: str = ""
    skip: int = 0
    times: int | None = 1
    met: int = field(default=0, init=False)

    def __call__(self, request: Request) -> Fault | None:
        """The fault, when it is this request's turn."""
        matches = (
            re.fullmatch(self.method, request.method)
            and re.search(self.path, request.path)
            and re.search(self.body.encode(), request.body)
        )
        if not matches:
            return None
        self.met += 1
        is_turn = self.met > self.skip and (self.times is None or self.met <= self.skip + self.times)
        return self.fault if is_turn else None


@dataclass(frozen=True)
class AtRandom:
    """
    Faults by dice: the same for the same request in each run with this seed, whatever the threads do.

    Attributes:
        seed: Of the dice.
        share: Of the requests, from 0 to 1.
        faults: One of them is taken.
    """

    seed: int
    share: float
    faults: t.Sequence[Fault]

    def __call__(self, request: Request) -> Fault | None:
        """A fault, or none."""
        dice = random.Random(f"{self.seed} {request.method} {request.path} {request.number}")
        return dice.choice(self.faults) if dice.random() < self.share else None


@dataclass(frozen=True)
class Upstream:
    """
    The server behind the proxy.

    Attributes:
        url: For example ``https://127.0.0.1:40123``.
        context: What to trust and which client certificate to show; ``None`` for plain HTTP.
        authorization: A header for requests that come without one.
    """

    url: str
    context: ssl.SSLContext | None = None
    authorization: str = field(default="", repr=False)

    def connect(self) -> http.client.HTTPConnection:
        """A connection of its own."""
        parts = urllib.parse.urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        if self.context is None:
            return http.client.HTTPConnection(host, port, timeout=HANGS_AFTER_SECONDS)
        return http.client.HTTPSConnection(host, port, context=self.context, timeout=HANGS_AFTER_SECONDS)


class Proxy:
    """
    A running proxy; safe to use from many threads.

    Attributes:
        url: Where it listens.
        upstream: The server; ``None`` for none, and then each request needs a fault that has an answer.
    """

    def __init__(self, url: str, upstream: Upstream | None) -> None:
        self.url = url
        self.upstream = upstream
        self._lock = threading.Lock()
        self._choosers: list[Chooser] = []
        self._exchanges: list[Exchange] = []
        self._numbers: collections.Counter[tuple[str, str]] = collections.Counter()
        self._injected: collections.Counter[str] = collections.Counter()

    def script(self, *choosers: Chooser) -> None:
        """Do this from now on, in place of what was to be done before; the first that has a fault for a request decides."""
        with self._lock:
            self._choosers = list(choosers)
            self._numbers.clear()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All that came and what became of it, in the order in which it ended."""
        with self._lock:
            return tuple(self._exchanges)

    @property
    def injected(self) -> dict[str, int]:
        """How often each fault was done, by name."""
        with self._lock:
            return dict(self._injected)

    def forget(self) -> None:
        """Begin to count and to record anew."""
        with self._lock:
            self._exchanges.clear()
            self._injected.clear()

    def choose(self, request: Request) -> tuple[Request, Fault]:
        """The request with its number, and what is to be done to it."""
        with self._lock:
            self._numbers[request.method, request.path] += 1
            numbered = replace(request, number=self._numbers[request.method, request.path])
            fault = next((found for each in self._choosers if (found := each(numbered))), NO_FAULT)
            if fault.name:
                self._injected[fault.name] += 1
        return numbered, fault

    def record(self, exchange: Exchange) -> None:
        """Remember what became of a request."""
        with self._lock:
            self._exchanges.append(exchange)
            if exchange.fault == SERVER_IS_GONE:
                self._injected[SERVER_IS_GONE] += 1


@contextlib.contextmanager
def start_proxy(
    upstream: Upstream | None, *choosers: Chooser, context: ssl.SSLContext | None = None
) -> t.Iterator[Proxy]:
    """
    A proxy for the time of a ``with``, on a free port of the loopback.

    Args:
        upstream: The server behind it; ``None`` for a server that is nothing but its faults.
        choosers: See `Proxy.script`.
        context: The certificate for clients that come with TLS; without it they come with plain HTTP.
    """
    server = _Server((LOOPBACK, 0), _Handler)
    server.tls = context
    scheme = "http" if context is None else "https"
    server.proxy = Proxy(f"{scheme}://{LOOPBACK}:{server.server_address[1]}", upstream)
    server.proxy.script(*choosers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.proxy
    finally:
        server.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    """Closing it ends what is still open, and waits for its threads."""

    daemon_threads = False
    request_queue_size = 128
    proxy: Proxy
    tls: ssl.SSLContext | None = None

    def __init__(self, *arguments: t.Any) -> None:
        self.stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(*arguments)

    def get_request(self) -> tuple[socket.socket, t.Any]:
        """A connection; the handshake is left to its thread."""
        connection, address = super().get_request()
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def close_request(self, request: t.Any) -> None:
        """Forget it, and close it."""
        with self._open_lock:
            self._open.discard(request)
        super().close_request(request)

    def server_close(self) -> None:
        """End what is open."""
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, *_unused: t.Any) -> None:
        """A client that goes away is what this is for."""


class _Cut(Exception):
    """The connection is to be cut now."""


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection of a client, and one to the server for as long as that."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body, which comes after the head, would wait for 40 ms
    server: _Server
    _to_server: http.client.HTTPConnection | None = None

    def handle(self) -> None:
        """Requests until one side ends it."""
        try:
            if isinstance(self.connection, ssl.SSLSocket):
                self.connection.do_handshake()
            super().handle()
        except OSError:
            pass  # the client has gone, or was made to
        finally:
            if self._to_server is not None:
                self._to_server.close()

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        came = Request(self.command, self.path, tuple(self.headers.items()), body)
        request, fault = self.server.proxy.choose(came)
        try:
            self._suffer(request, fault)
        except _Cut:
            self._cut(resets=fault.resets)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _do  # noqa: N815  # the base class looks for these names

    def _suffer(self, request: Request, fault: Fault) -> None:
        proxy = self.server.proxy
        self.server.stopped.wait(fault.delay)
        if fault.before:
            fault.before(request)
        if fault is NO_FAULT and "watch=" in request.path:
            self._pass_on(request)
            return
        reached = self._ask(request) if fault.reaches and proxy.upstream else None
        if fault.after:
            fault.after(request)
        answer = self._answer(request, fault, reached)
        sent = None if fault.share == 0 else answer
        proxy.record(Exchange(request, fault.name, reached, sent))
        if sent is None:
            raise _Cut
        self._send(sent, fault)

    def _answer(self, request: Request, fault: Fault, reached: Answer | None) -> Answer:
        if isinstance(fault.answer, Answer):
            return fault.answer
        if fault.answer is not None:
            return fault.answer(request, reached, self.server.proxy.exchanges)
        return reached or Answer(http.HTTPStatus.BAD_GATEWAY, b"nothing is behind this proxy", ())

    def _ask(self, request: Request) -> Answer:
        """The server's answer; without a server, the connection is cut."""
        try:
            with contextlib.closing(self._forward(request)) as response:
                body = response.read()
                return Answer(response.status, body, _end_to_end(response.headers), response.reason)
        except (OSError, http.client.HTTPException):
            self._lose_server(request)

    def _forward(self, request: Request) -> http.client.HTTPResponse:
        upstream = self.server.proxy.upstream
        if upstream is None:
            raise _Cut
        self._to_server = self._to_server or upstream.connect()
        self._to_server.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in request.headers:
            if name.lower() not in HOP_BY_HOP:
                self._to_server.putheader(name, value)
        if upstream.authorization and not request.header("Authorization"):
            self._to_server.putheader("Authorization", upstream.authorization)
        if request.body or request.is_write:
            self._to_server.putheader("Content-Length", str(len(request.body)))
        self._to_server.endheaders(request.body or None)
        return self._to_server.getresponse()

    def _lose_server(self, request: Request) -> t.NoReturn:
        if self._to_server is not None:
            self._to_server.close()
            self._to_server = None
        self.server.proxy.record(Exchange(request, SERVER_IS_GONE, None, None))
        raise _Cut

    def _pass_on(self, request: Request) -> None:
        """A watch: each piece as it comes, until the server or the client ends it."""
        try:
            response = self._forward(request)
        except (OSError, http.client.HTTPException):
            self._lose_server(request)
        self.server.proxy.record(Exchange(request, "", Answer(response.status, b""), None))
        with contextlib.closing(response):
            self.send_response(response.status)
            for name, value in _end_to_end(response.headers):
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            with contextlib.suppress(http.client.HTTPException):
                while not self.server.stopped.is_set() and (piece := response.read1(65536)):
                    self.wfile.write(piece)
        raise _Cut

    def _send(self, answer: Answer, fault: Fault) -> None:
        self.send_response_only(answer.status, answer.phrase or None)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        body = b"" if self.command == "HEAD" else answer.body
        if fault.share is not None:
            body = body[: int(len(body) * fault.share)]
        if fault.pause:
            self._drip(body, fault.pause)
        else:
            self.wfile.write(body)
        self.wfile.flush()
        if fault.share is not None:
            raise _Cut

    def _drip(self, body: bytes, pause: float) -> None:
        for byte in body:
            if self.server.stopped.wait(pause):
                raise _Cut
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def _cut(self, *, resets: bool) -> None:
        self.close_connection = True
        if resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_unused: t.Any) -> None:
        """Say nothing."""


def _end_to_end(headers: email.message.Message) -> Headers:
    return tuple((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)
