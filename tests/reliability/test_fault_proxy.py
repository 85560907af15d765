"""The faults are what they say: to the server, to the client, and in the counts."""

from __future__ import annotations

import base64
import http.client
import http.server
import json
import threading
import typing as t
import urllib.parse

import pytest

from tests.cluster.ports import free_ports
from tests.reliability.echoing import ENCODINGS, PLACES, decoded, echo
from tests.reliability.fault_proxy import (
    CUT_AFTER,
    CUT_BEFORE,
    CUT_DURING,
    FOREIGN_JSON,
    HTML,
    RESET_AFTER,
    SERVER_IS_GONE,
    TRUNCATED,
    Answer,
    AtRandom,
    Exchange,
    Fault,
    Proxy,
    Request,
    Rule,
    Upstream,
    answered,
    delayed,
    endless_continue,
    redirected,
    refused,
    slow_body,
    start_proxy,
)


class _Counting(http.server.BaseHTTPRequestHandler):
    """A server that remembers what reached it, and answers with it."""

    protocol_version = "HTTP/1.1"
    came: t.ClassVar[list[tuple[str, str, bytes]]] = []

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        type(self).came.append((self.command, self.path, body))
        answer = json.dumps({"metadata": {"name": self.path}, "authorization": self.headers.get("Authorization")})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    do_GET = do_POST = do_DELETE = _do  # noqa: N815  # the base class looks for these names

    def log_message(self, *_unused: t.Any) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> t.Iterator[Upstream]:
    """A server that remembers what reached it."""
    _Counting.came = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Counting) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield Upstream(f"http://127.0.0.1:{server.server_address[1]}", authorization="Bearer of-the-proxy")
        server.shutdown()
        thread.join()


def ask(
    proxy: Proxy, method: str = "GET", path: str = "/a", body: bytes = b"", headers: t.Mapping[str, str] | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    """One request on a connection of its own; ``http.client``'s exceptions are the client's view of a cut."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(proxy.url).netloc, timeout=300)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    finally:
        connection.close()


CUTS: list[tuple[Fault, bool]] = [(CUT_BEFORE, False), (CUT_AFTER, True), (CUT_DURING, True), (RESET_AFTER, True)]


@pytest.mark.parametrize(("fault", "reaches"), CUTS, ids=[fault.name for fault, _unused in CUTS])
def test_cuts(fault: Fault, reaches: bool, upstream: Upstream) -> None:
    """The client has no whole answer; whether the server had the request is the fault's choice."""
    with start_proxy(upstream, Rule(fault)) as proxy:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            ask(proxy, "POST", "/a", b"{}")
        assert bool(_Counting.came) is reaches
        assert ask(proxy)[0] == 200

        assert proxy.injected == {fault.name: 1}
        assert [exchange.fault for exchange in proxy.exchanges] == [fault.name, ""]


ANSWERS: list[tuple[Fault, int, bool]] = [
    (refused(503), 503, False),
    (refused(504, done=True), 504, True),
    (refused(429, retry_after="²"), 429, False),
    (redirected("https://login.example.com"), 302, False),
    (answered("HTML", HTML), 200, False),
    (answered("foreign JSON", FOREIGN_JSON, done=True), 200, True),
    (delayed(0.01), 200, True),
    (slow_body(0.0001), 200, True),
]


@pytest.mark.parametrize(("fault", "status", "reaches"), ANSWERS, ids=[fault.name for fault, *_unused in ANSWERS])
def test_answers(fault: Fault, status: int, reaches: bool, upstream: Upstream) -> None:
    """The client has the answer that the fault gives, and the server has the work only where it says so."""
    with start_proxy(upstream, Rule(fault)) as proxy:
        assert ask(proxy, "DELETE")[0] == status
    assert bool(_Counting.came) is reaches


def test_truncated(upstream: Upstream) -> None:
    """Half of the body, and no sign of it but the body."""
    with start_proxy(upstream, Rule(TRUNCATED)) as proxy:
        cut, whole = ask(proxy)[1], ask(proxy)[1]
    assert whole.startswith(cut)
    assert 0 < len(cut) < len(whole)


def test_endless_continue(upstream: Upstream) -> None:
    """Each page says that there is another one."""
    with start_proxy(upstream, Rule(answered("endless", endless_continue, done=True), times=None)) as proxy:
        tokens = [json.loads(ask(proxy)[1])["metadata"]["continue"] for _unused in range(3)]
    assert tokens == ["page-1", "page-2", "page-3"]


def test_nth_match(upstream: Upstream) -> None:
    """A rule is about a method, a path and a body, and about so many of the requests that fit."""
    rule = Rule(refused(500), "POST|PUT", r"/secrets/b\?", body="wanted", skip=1, times=2)
    with start_proxy(upstream, rule) as proxy:
        others = [("GET", "/secrets/b?x", b"wanted"), ("POST", "/secrets/a?x", b"wanted"), ("POST", "/secrets/b?", b"")]
        assert [ask(proxy, *other)[0] for other in others] == [200, 200, 200]
        fitting = [ask(proxy, "POST", "/secrets/b?x", b"is wanted")[0] for _unused in range(4)]
    assert fitting == [200, 500, 500, 200]


def test_random_faults_come_again() -> None:
    """A seed gives the same fault to the same request, whatever else was asked in between."""
    faults = [refused(500), refused(502), CUT_AFTER]
    requests = [Request("PUT", f"/{number}", number=attempt) for number in range(50) for attempt in (1, 2)]
    first, again = ([AtRandom(7, 0.5, faults)(request) for request in order] for order in (requests, requests[::-1]))
    assert first == again[::-1]
    assert 20 < sum(fault is not None for fault in first) < 80
    assert [AtRandom(8, 0.5, faults)(request) for request in requests] != first


def test_other_writers_in_between(upstream: Upstream) -> None:
    """What is called before the server has the request, and after it has answered, is called then."""
    seen: list[int] = []
    fault = Fault(
        "races",
        before=lambda _request: seen.append(len(_Counting.came)),
        after=lambda _r: seen.append(len(_Counting.came)),
    )
    with start_proxy(upstream, Rule(fault)) as proxy:
        ask(proxy)
    assert seen == [0, 1]


def test_server_that_is_gone() -> None:
    """A client of a killed server sees a cut connection, and the counts show why."""
    with start_proxy(Upstream(f"http://127.0.0.1:{next(free_ports())}")) as proxy:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            ask(proxy)
        assert proxy.injected == {SERVER_IS_GONE: 1}


def test_credentials(upstream: Upstream) -> None:
    """The proxy has a credential for the server; a client that brings its own keeps it."""
    with start_proxy(upstream) as proxy:
        mine = json.loads(ask(proxy, headers={"Authorization": "Basic bWluZQ=="})[1])
        none = json.loads(ask(proxy)[1])
    assert mine["authorization"] == "Basic bWluZQ=="
    assert none["authorization"] == "Bearer of-the-proxy"


PASSWORD: t.Final = "pä\"ss\\w<o>r&d:'x +%\u00a0"


def _secret(password: str) -> bytes:
    auth = base64.b64encode(f"user:{password}".encode()).decode()
    config = base64.b64encode(json.dumps({"auths": {"quay.io": {"auth": auth}}}).encode()).decode()
    return json.dumps({"kind": "Secret", "data": {".dockerconfigjson": config}}).encode()


def test_decoded() -> None:
    """A Secret is unpacked down to the password."""
    assert f"user:{PASSWORD}" in list(decoded(_secret(PASSWORD).decode()))


@pytest.mark.parametrize("place", PLACES)
def test_echo(place: t.Any) -> None:
    """What was sent comes back, decoded and in the wanted form, in each place of an answer."""
    fault = echo(422, ["base64"], [place])
    with start_proxy(None, Rule(fault, times=None)) as proxy:
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(proxy.url).netloc, timeout=300)
        connection.request("PUT", "/x", _secret("short"), {"Authorization": "Bearer token-of-somebody"})
        response = connection.getresponse()
        everything = f"{response.reason} {response.headers} {response.read().decode()}"
        connection.close()
    assert response.status == 422
    assert base64.b64encode(b"user:short").decode() in everything
    assert base64.b64encode(b"token-of-somebody").decode() in everything


def test_echo_of_earlier_answers() -> None:
    """What the server answered earlier is quoted as well, in each encoding."""
    earlier = Exchange(Request("GET", "/"), "", Answer(200, _secret(PASSWORD)), None)
    make = echo(422).answer
    assert callable(make)
    message = json.loads(make(Request("PUT", "/x"), None, [earlier]).body)["message"]
    for encode in ENCODINGS.values():
        assert encode(f"user:{PASSWORD}") in message
