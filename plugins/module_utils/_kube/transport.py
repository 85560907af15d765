# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Requests to one API server: kept-alive connections for several threads, and repeats where a repeat is safe.

Every request that this collection sends may be repeated: creates are of named objects, patches test what they rest on,
deletes name the uid. What a lost answer leaves open, the reader of the next answer sees: an error says whether the request
``was_repeated``.

An admission policy may quote the object that it refuses, ours or the one that is there, and a proxy may send back a whole
request. So a watcher is shown whatever is secret before a request goes out, and what the server says is looked through at once.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import json
import re
import socket
import ssl
import threading
import time
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from .._domain.go.json import TooDeep, loads
from .answers import is_answer, place_of
from .deadline import Deadline, within
from .errors import ConnectionProblem, RequestError, api_error, distrust, innermost, innermost_text
from .socks import SOCKS_PORT, connect_through

try:
    import urllib3
    from urllib3._collections import HTTPHeaderDict  # urllib3 1.26 has it nowhere else
    from urllib3.exceptions import (
        ConnectTimeoutError,
        HTTPError,
        MaxRetryError,
        NewConnectionError,
        ProxyError,
        SSLError,
    )
except ImportError:  # reported by _edge, which checks for the client that brings it
    urllib3 = None  # type: ignore[assignment]  # the name stands for a missing package

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
"""How long the line may be silent."""
ANSWER_SECONDS = 180.0
"""How long an answer may take from its first byte to its last, however steadily it comes."""
LARGEST_ANSWER = 512 * 1024 * 1024
"""Bytes; a page of a list is the largest that there is."""
CREDENTIAL_SECONDS = 120.0
"""How long a credential plugin may take; somebody may have to log in."""
LONGEST_PAUSE_SECONDS = 30.0
_ATTEMPTS_BY_STATUS = {429: 10, 500: 3, 502: 5, 503: 7, 504: 3}
"""How often a request is sent at most when the server answers so; anything else is final."""
_FOR_EVERYBODY = frozenset((429, 502, 503, 504))
"""What the server says because of its own state: when it goes on saying so to one request, it does to the others."""
_ATTEMPTS_AT_FIRST = 3
"""Without an answer, as long as there never was one; ``_ATTEMPTS_LATER`` once the server was there."""
_ATTEMPTS_LATER = 7

Headers = t.Dict[str, str]

_UNFIT = re.compile("[\x00-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]\\Z|[\ud800-\udc7f\udd00-\udfff]")
"""What a header's value cannot have: blanks at its ends are lost on the way, and surrogates are no text."""


@dataclass(frozen=True)
class Server:
    """
    Where and who.

    Attributes:
        url: Such as ``https://10.0.0.1:6443``, without a slash at its end.
        tls: What to trust and which client certificate to show; ``None`` for plain HTTP.
        server_name: The name to expect in the certificate, empty for the one in ``url``.
        proxy: The proxy's URL, empty for none.
        proxy_headers: Headers for an HTTP proxy alone.
        proxy_login: User and password for a SOCKS proxy.
        proxy_tls: What to trust of a proxy behind TLS.
        credentials: Gives the headers that say who asks; asked before each request, since a token may expire.
        impersonation: Headers that say for whom.
    """

    url: str
    tls: ssl.SSLContext | None = None
    server_name: str = ""
    proxy: str = ""
    proxy_headers: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy_login: tuple[str, str] | None = field(default=None, repr=False)
    proxy_tls: ssl.SSLContext | None = None
    credentials: t.Callable[[], Headers] = field(default=dict, repr=False)
    impersonation: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Request:
    """
    A request as data.

    Attributes:
        path: Percent-encoded where it must be.
        body: Rendered as JSON.
        is_finishing: Whether it ends what an earlier one began, and is sent even when the run's time is over.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: t.Any = field(default=None, repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"
    is_finishing: bool = False

    @property
    def title(self) -> str:
        """Method and path, for messages."""
        return f"{self.method} {self.path}"


class Watcher(t.Protocol):
    """It is given all that may hold a secret, and hides secrets in texts."""

    def see_headers(self, headers: t.Mapping[str, str]) -> None:
        """Headers that say who asks."""

    def see_object(self, path: str, body: t.Any) -> None:
        """An object, a list or a patch that is sent or was read."""

    def hide(self, text: str) -> str:
        """The text of a server, with all secrets in it hidden."""


class _Nobody:
    """Knows of no secret."""

    def see_headers(self, headers: t.Mapping[str, str]) -> None:
        """Pass over them."""

    def see_object(self, path: str, body: t.Any) -> None:
        """Pass over it."""

    def hide(self, text: str) -> str:
        return text


class Transport:
    """
    Sends requests; safe to share between threads.

    Args:
        server: Where and who.
        connections: How many may be open; as many as there are threads.
        sleep: Waits so many seconds between attempts.
        deadline: The end of the run, by which all is answered, refused or given up.
        watcher: Sees all that comes and goes.
    """

    def __init__(
        self,
        server: Server,
        connections: int,
        sleep: t.Callable[[float], None] = time.sleep,
        deadline: Deadline | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        self.deadline = deadline or Deadline()
        self._watcher: Watcher = watcher or _Nobody()
        self._watcher.see_headers(server.proxy_headers)
        self._server = server
        self._bound = _Bound()
        self._pool = _pool(server, connections, self._bound)
        self._sleep = sleep
        self._was_there = False
        self._is_given_up = False

    def send(self, request: Request) -> dict[str, t.Any]:
        """
        Send, repeat where the server or the line asks for it, and read the answer.

        Returns:
            The parsed JSON body.

        Raises:
            ApiError: The server refused, or kept failing.
            ConnectionProblem: There was no answer, or none that an API server gives.
            OutOfTime: The run's time is over.
        """
        if request.body is not None:
            self._watcher.see_object(request.path, request.body)
        attempt, was_repeated = 0, False
        while True:
            attempt += 1
            try:
                if not self.deadline.left(with_grace=request.is_finishing):
                    raise self.deadline.over()
                answer = self._attempt(request, attempt)
            except RequestError as error:
                error.was_repeated = error.was_repeated or was_repeated
                raise
            if not isinstance(answer, _Lost):
                self._watcher.see_object(request.path, answer)
                return answer
            was_repeated = was_repeated or answer.may_be_done
            self._sleep(answer.pause)

    def _attempt(self, request: Request, attempt: int) -> dict[str, t.Any] | _Lost:
        """One attempt: the answer, or how long to wait until the next."""
        left = self.deadline.left(with_grace=request.is_finishing)
        try:
            status, headers, body = self._send_once(request, left)
        except HTTPError as error:
            lost = _Lost(_pause(attempt), may_be_done=_may_have_arrived(error))
            attempts = _ATTEMPTS_LATER if self._was_there else _ATTEMPTS_AT_FIRST
            if _is_final(error) or self._is_enough(attempt, attempts, lost, left):
                self._is_given_up = True  # what is lost for one request is lost for the others, too
                problem = ConnectionProblem(_no_answer(self._server, error))
                problem.was_repeated = lost.may_be_done
                raise problem from error
            return lost
        self._was_there = True
        if status not in _FOR_EVERYBODY:
            self._is_given_up = False
        if status < 400:
            return self._object(status, body, request)
        lost = _Lost(_pause(attempt, headers.get("Retry-After", "")), may_be_done=status >= 500)
        if self._is_enough(attempt, _ATTEMPTS_BY_STATUS.get(status, 1), lost, left):
            self._is_given_up = self._is_given_up or status in _FOR_EVERYBODY
            refusal = api_error(status, _read(body), request.title, self._server.url, hide=self._watcher.hide)
            refusal.was_repeated = lost.may_be_done
            raise refusal
        return lost

    def _is_enough(self, attempt: int, attempts: int, lost: _Lost, left: float) -> bool:
        return attempt >= (1 if self._is_given_up else attempts) or lost.pause >= left

    def _object(self, status: int, body: bytes, request: Request) -> dict[str, t.Any]:
        answer, place, why = None, place_of(request.path), ""
        try:
            answer = loads(body)
        except ValueError as error:
            why = f", {error}," if isinstance(error, TooDeep) else ""
        if status >= 300 or not is_answer(answer, request.method, place, request.body):
            expected = f" (expected was {place.title})" if place else ""
            problem = ConnectionProblem(
                f"{self._server.url}: the answer to {request.title}{why} is not from a Kubernetes API"
                f" server{expected}; check host and proxy"
            )
            problem.was_repeated = True
            raise problem
        return t.cast("dict[str, t.Any]", answer)

    def _send_once(self, request: Request, left: float) -> tuple[int, t.Mapping[str, str], bytes]:
        headers = self._headers(request, left)
        body = None
        if request.body is not None:
            headers["Content-Type"] = request.content_type
            body = json.dumps(request.body, separators=(",", ":")).encode("utf-8")
        seconds = min(ANSWER_SECONDS, left)
        with self._bound.ends_in(seconds):
            response = (
                self._pool.request_encode_url(  # request() of urllib3 1.26 joins repeated headers of a POST into one
                    request.method,
                    self._server.url + request.path + (f"?{urlencode(request.query)}" if request.query else ""),
                    body=body,
                    headers=headers,
                    retries=False,
                    redirect=False,
                    decode_content=False,  # nothing packed was asked for, and what is unpacked has no bounds
                    timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=min(READ_SECONDS, seconds)),
                )
            )
        return response.status, response.headers, response.data

    def _headers(self, request: Request, left: float) -> t.Any:
        headers = HTTPHeaderDict()
        credentials = within(
            min(CREDENTIAL_SECONDS, left),
            self._server.credentials,
            f"{self._server.url}: the credential plugin of the kubeconfig does not end; run it by hand to see why",
        )
        self._watcher.see_headers(credentials)
        fixed = (("Accept", request.accept), ("User-Agent", "regcred.kubernetes"))
        for name, value in (*credentials.items(), *fixed, *self._server.impersonation):
            if _UNFIT.search(value):
                raise ConnectionProblem(
                    f"{self._server.url}: the header {name} cannot be sent, since its value has a line break or another"
                    " control character, a blank at an end, or what is no UTF-8; correct the token, user or group that it is"
                    " made of"
                )
            # As kubectl sends it. http.client would send Latin-1, which is another name to the server.
            headers.add(name, value.encode("utf-8", "surrogateescape").decode("latin-1"))
        return headers


class _Lost(t.NamedTuple):
    """An attempt without an answer that counts: how many seconds to wait, and whether it may have been carried out."""

    pause: float
    may_be_done: bool


class _Bound:
    """How long the answer that a thread waits for may take."""

    def __init__(self) -> None:
        self._local = threading.local()

    @contextlib.contextmanager
    def ends_in(self, seconds: float) -> t.Iterator[None]:
        self._local.end = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._local.end

    def left(self) -> float:
        return float(self._local.end) - time.monotonic()


class _BoundedFile(io.RawIOBase):
    """What comes from a socket, up to a moment and a size; a timeout of the socket alone begins anew with each byte."""

    def __init__(self, connection: t.Any, bound: _Bound) -> None:
        self._connection = connection
        self._file = connection.makefile("rb", buffering=0)
        self._bound = bound
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        left = self._bound.left()
        if left <= 0:
            raise socket.timeout("the answer takes too long")
        self._connection.settimeout(min(left, READ_SECONDS))
        count: int | None = self._file.readinto(buffer)
        self._read += count or 0
        if self._read > LARGEST_ANSWER:
            raise OSError(f"the answer has more than {LARGEST_ANSWER} bytes")
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _pool(server: Server, connections: int, bound: _Bound) -> t.Any:
    options: dict[str, t.Any] = {"maxsize": connections, "block": True}
    if server.tls is not None:
        options["ssl_context"] = server.tls
        if server.tls.verify_mode == ssl.CERT_NONE:
            options["assert_hostname"] = False
        elif str(urllib3.__dict__["__version__"]).startswith("1."):
            server.tls.check_hostname = False  # it compares names itself, and cannot let ssl do it for an IP address
    if server.server_name:
        options["server_hostname"] = server.server_name
        options["assert_hostname"] = server.server_name
    pool: t.Any
    by_socks = server.proxy.startswith("socks")
    if server.proxy and not by_socks:
        if server.proxy_tls is not None:
            options["proxy_ssl_context"] = _naming(server.proxy_tls, urlsplit(server.proxy).hostname or "")
        pool = urllib3.ProxyManager(server.proxy, proxy_headers=dict(server.proxy_headers), **options)
    else:
        pool = urllib3.PoolManager(**options)
    pool.pool_classes_by_scheme = {
        scheme: _bounded(pool_class, bound, _through_socks(server) if by_socks else {})
        for scheme, pool_class in pool.pool_classes_by_scheme.items()
    }
    return pool


def _naming(tls: ssl.SSLContext, host: str) -> ssl.SSLContext:
    """The context, which checks for this host where nobody names one: urllib3 1.26 does not name an IP address."""
    tls.wrap_socket = functools.partial(tls.wrap_socket, server_hostname=host)  # type: ignore[method-assign]  # as it says
    return tls


def _bounded(pool_class: t.Any, bound: _Bound, more: t.Mapping[str, t.Any]) -> t.Any:
    """The pool, of connections whose answers are bounded; a proxy's answer to CONNECT is one of them."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: t.Any, *arguments: t.Any, **more: t.Any) -> None:
            super().__init__(sock, *arguments, **more)
            self.fp.close()
            self.fp = io.BufferedReader(_BoundedFile(sock, bound))

    connection_class = type("Connection", (pool_class.ConnectionCls,), {"response_class": Response, **more})
    return type("Pool", (pool_class,), {"ConnectionCls": connection_class})


def _through_socks(server: Server) -> t.Mapping[str, t.Any]:
    """What makes a connection of urllib3 one through a SOCKS proxy: how it opens its socket."""
    parts = urlsplit(server.proxy)
    proxy = (parts.hostname or "", parts.port or SOCKS_PORT)

    def open_socket(connection: t.Any) -> socket.socket:
        try:
            return connect_through(proxy, server.proxy_login, (connection.host, connection.port), connection.timeout)
        except OSError as error:
            raise ProxyError("Cannot connect to proxy", error) from error

    return {"_new_conn": open_socket}


def _read(body: bytes) -> t.Any:
    """The JSON in ``body``; when it is none, the text, which is never shown."""
    try:
        return loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _pause(attempt: int, retry_after: str = "") -> float:
    """Seconds to wait: what the server says, else 0.2 s doubling; never longer than half a minute."""
    if re.fullmatch("[0-9]{1,9}", retry_after):
        return min(float(retry_after), LONGEST_PAUSE_SECONDS)
    return float(min(0.1 * 2**attempt, LONGEST_PAUSE_SECONDS))


def _may_have_arrived(error: Exception) -> bool:
    """Whether the server may have got the request: there was a connection."""
    cause = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(cause, SSLError):
        return _is_cut(cause)
    return not isinstance(cause, (NewConnectionError, ConnectTimeoutError, ProxyError))


def _is_final(error: Exception) -> bool:
    """Whether trying again cannot help: the certificate will not become valid."""
    cause = error.reason if isinstance(error, MaxRetryError) else error
    return isinstance(cause, SSLError) and not _is_cut(cause)


def _is_cut(error: Exception) -> bool:
    """Whether the line was cut under TLS, which is no question of trust."""
    return isinstance(innermost(error), (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError))


def _no_answer(server: Server, error: Exception) -> str:
    cause: t.Any = error.reason if isinstance(error, MaxRetryError) else error
    if _is_final(error):
        return f"{server.url}: {distrust(innermost(cause))}"
    if isinstance(cause, ProxyError):
        return f"{server.url}: the proxy cannot be reached or refuses ({innermost_text(cause)}); check proxy"
    return f"{server.url}: the API server cannot be reached ({innermost_text(cause)}); check host, network and proxy"
