# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Requests to one API server: kept-alive connections for several threads, and repeats where a repeat is safe.

Every request that this collection sends may be repeated: creates are of named objects, patches test what they rest on,
deletes name the uid. What a lost answer leaves open, the reader of the next answer sees.
"""

from __future__ import annotations

import json
import ssl
import time
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import (
    ApiError,
    ConnectionProblem,
    api_error,
)

try:
    import urllib3
    from urllib3._collections import HTTPHeaderDict  # urllib3 1.26 has it nowhere else
    from urllib3.exceptions import HTTPError, MaxRetryError, ProxyError, SSLError
except ImportError:  # reported by _edge, which checks for the client that brings it
    urllib3 = None  # type: ignore[assignment]  # the name stands for a missing package

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
_ATTEMPTS_BY_STATUS = {429: 10, 500: 3, 502: 5, 503: 7, 504: 3}
"""How often a request is sent at most when the server answers so; anything else is final."""
_ATTEMPTS_AT_FIRST = 3
"""Without an answer, as long as there never was one; ``_ATTEMPTS_LATER`` once the server was there."""
_ATTEMPTS_LATER = 7

Headers = t.Dict[str, str]


@dataclass(frozen=True)
class Server:
    """
    Where and who.

    Args:
        url: Such as ``https://10.0.0.1:6443``, without a slash at its end.
        tls: What to trust and which client certificate to show; ``None`` for plain HTTP.
        server_name: The name to expect in the certificate, empty for the one in ``url``.
        proxy: The proxy's URL, empty for none.
        proxy_headers: Headers for the proxy alone.
        credentials: Gives the headers that say who asks; asked before each request, since a token may expire.
        impersonation: Headers that say for whom.
    """

    url: str
    tls: ssl.SSLContext | None = None
    server_name: str = ""
    proxy: str = ""
    proxy_headers: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    credentials: t.Callable[[], Headers] = field(default=dict, repr=False)
    impersonation: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Request:
    """A request as data. ``path`` is percent-encoded where it must be; ``body`` is rendered as JSON."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: t.Any = field(default=None, repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"

    @property
    def title(self) -> str:
        """Method and path, for messages."""
        return f"{self.method} {self.path}"


class Transport:
    """
    Sends requests; safe to share between threads.

    Args:
        server: Where and who.
        connections: How many may be open; as many as there are threads.
        sleep: Waits so many seconds between attempts.
    """

    def __init__(self, server: Server, connections: int, sleep: t.Callable[[float], None] = time.sleep) -> None:
        self._server = server
        self._pool = _pool(server, connections)
        self._sleep = sleep
        self._attempts_without_answer = _ATTEMPTS_AT_FIRST

    def send(self, request: Request) -> dict[str, t.Any]:
        """
        Send, repeat where the server or the line asks for it, and read the answer.

        Returns:
            The parsed JSON body.

        Raises:
            ApiError: The server refused, or kept failing.
            ConnectionProblem: There was no answer, or none that an API server gives.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                status, headers, body = self._send_once(request)
            except HTTPError as error:
                if attempt >= self._attempts_without_answer or _is_final(error):
                    self._attempts_without_answer = 1  # what is lost for one request is lost for the others, too
                    raise ConnectionProblem(_no_answer(self._server, error)) from error
                self._sleep(_pause(attempt))
                continue
            self._attempts_without_answer = _ATTEMPTS_LATER
            if status < 400:
                return self._object(body, request)
            if attempt >= _ATTEMPTS_BY_STATUS.get(status, 1):
                raise _refusal(status, body, request)
            self._sleep(_pause(attempt, headers.get("Retry-After", "")))

    def _object(self, body: bytes, request: Request) -> dict[str, t.Any]:
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ConnectionProblem(
                f"{self._server.url}: the answer to {request.title} is not from a Kubernetes API server; check host"
            )
        return answer

    def _send_once(self, request: Request) -> tuple[int, t.Mapping[str, str], bytes]:
        headers = HTTPHeaderDict(self._server.credentials())
        headers["Accept"] = request.accept
        headers["User-Agent"] = "regcred.kubernetes"
        for name, value in self._server.impersonation:
            headers.add(name, value)
        body = None
        if request.body is not None:
            headers["Content-Type"] = request.content_type
            body = json.dumps(request.body, separators=(",", ":")).encode("utf-8")
        response = self._pool.request_encode_url(  # request() of urllib3 1.26 joins repeated headers of a POST into one
            request.method,
            self._server.url + request.path + _query(request.query),
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )
        return response.status, response.headers, response.data


def _pool(server: Server, connections: int) -> t.Any:
    options: dict[str, t.Any] = {"maxsize": connections, "block": True}
    if server.tls is not None:
        options["ssl_context"] = server.tls
        if server.tls.verify_mode == ssl.CERT_NONE:
            options["assert_hostname"] = False
        elif _is_urllib3_1():
            server.tls.check_hostname = False  # it compares names itself, and cannot let ssl do it for an IP address
    if server.server_name:
        options["server_hostname"] = server.server_name
        options["assert_hostname"] = server.server_name
    if server.proxy:
        return urllib3.ProxyManager(server.proxy, proxy_headers=dict(server.proxy_headers), **options)
    return urllib3.PoolManager(**options)


def _is_urllib3_1() -> bool:
    return str(urllib3.__dict__["__version__"]).startswith("1.")


def _query(query: tuple[tuple[str, str], ...]) -> str:
    return "?" + urlencode(query) if query else ""


def _refusal(status: int, body: bytes, request: Request) -> ApiError:
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    return api_error(status, parsed, request.title)


def _pause(attempt: int, retry_after: str = "") -> float:
    """Seconds to wait: what the server says, else 0.2 s doubling; never longer than half a minute."""
    if retry_after.isdigit():
        return min(float(retry_after), LONGEST_PAUSE_SECONDS)
    return float(min(0.1 * 2**attempt, LONGEST_PAUSE_SECONDS))


def _is_final(error: Exception) -> bool:
    """Whether trying again cannot help: the certificate will not become valid."""
    cause = error.reason if isinstance(error, MaxRetryError) else error
    return isinstance(cause, SSLError)


def _no_answer(server: Server, error: Exception) -> str:
    cause = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(cause, SSLError):
        return (
            f"{server.url}: the server's certificate is not trusted ({_told(cause)});"
            " set ca_cert to the authority that signed it"
        )
    if isinstance(cause, ProxyError):
        return f"{server.url}: the proxy cannot be reached or refuses ({_told(cause)}); check proxy"
    return f"{server.url}: the API server cannot be reached ({_told(cause)}); check host, network and proxy"


def _told(error: t.Any) -> str:
    """The innermost cause: urllib3 puts object addresses around it."""
    while isinstance(error.__cause__ or error.__context__, Exception):
        error = error.__cause__ or error.__context__
    return str(getattr(error, "strerror", None) or error)
