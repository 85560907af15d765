"""Requests to an API server: what is repeated, what is final, and what is reported of it."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import re
import ssl
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._edge.secrets import SecretRegister
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube import transport as transport_file
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.deadline import Deadline
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import (
    AlreadyExists,
    ApiError,
    ConnectionProblem,
    Forbidden,
    OutOfTime,
    RequestError,
    ServerProblem,
    TooManyRequests,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from tests.unit.loopback import Answer, Loopback, Raw, Received, Reset, closed_port, serve
from tests.unit.loopback_proxies import http_proxy, socks_proxy

pytest.importorskip("urllib3")

GET = Request("GET", "/api/v1/namespaces/team-a")
TOO_MANY = Answer(429, "Too many requests, please try again later.\n", {"Retry-After": "3"})
BUSY = Answer(503, {"kind": "Status", "reason": "ServiceUnavailable", "message": "starting"})
OBJECT = Answer(200, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "team-a"}})


class Client(t.NamedTuple):
    """A transport, and the pauses that it made."""

    transport: Transport
    pauses: list[float]


def client(url: str, **details: t.Any) -> Client:
    """A client that does not really wait."""
    pauses: list[float] = []
    return Client(Transport(Server(url, **details), 4, sleep=pauses.append), pauses)


def refusal(code: int, reason: str = "Refused") -> Answer:
    """An answer as an API server refuses."""
    return Answer(code, {"kind": "Status", "reason": reason, "message": "no"})


def test_request() -> None:
    """A request goes out as it is described, with who asks and for whom, and the parsed answer comes back."""
    with serve(Answer(201, {"kind": "Secret"})) as server:
        sender = client(
            server.url,
            credentials=lambda: {"Authorization": "Bearer token"},
            impersonation=(("Impersonate-User", "a"), ("Impersonate-Group", "b"), ("Impersonate-Group", "c")),
        ).transport
        request = Request(
            "PATCH",
            "/x",
            query=(("limit", "5"), ("continue", "a b&c")),
            body={"ä": 1},
            content_type="application/y",
            accept="z",
        )

        assert sender.send(request) == {"kind": "Secret"}

    received = server.received[0]
    assert (received.method, received.path, received.body) == ("PATCH", "/x?limit=5&continue=a+b%26c", {"ä": 1})
    expected = {
        "Authorization": "Bearer token",
        "Content-Type": "application/y",
        "Accept": "z",
        "User-Agent": "regcred.kubernetes",
    }
    assert expected.items() <= dict(received.headers).items()
    groups = [value for name, value in received.header_list if name.lower() == "impersonate-group"]
    assert ",".join(groups).replace(" ", "") == "b,c"


def test_keeps_connections() -> None:
    """Requests after each other use one connection, and a refusal does not end it."""
    with serve(OBJECT, refusal(404), TOO_MANY, OBJECT, OBJECT) as server:
        sender = client(server.url).transport
        sender.send(GET)
        with pytest.raises(ApiError):
            sender.send(GET)
        sender.send(GET)
        sender.send(GET)

    assert {request.connection for request in server.received} == {1}
    assert len(server.received) == 5


def test_threads_share() -> None:
    """Threads beside each other have a connection each, no more, and get their own answers."""
    with serve(answer=lambda _received: OBJECT) as server:
        sender = client(server.url).transport
        together = threading.Barrier(4)

        def send(number: int) -> None:
            together.wait(300)
            sender.send(Request("GET", f"/{number}"))

        for _unused in range(3):
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(send, range(4)))

    assert len(server.received) == 12
    assert len({request.connection for request in server.received}) <= 4


class Repeated(t.NamedTuple):
    """What a server answers before it gives the object, and the pauses that are made."""

    script: t.Sequence[Answer | Reset]
    pauses: t.Sequence[float]


REPEATED = {
    "429 with Retry-After": Repeated([TOO_MANY], [3]),
    "429 and 429": Repeated([TOO_MANY, Answer(429, "", {"Retry-After": "1"})], [3, 1]),
    "a Retry-After of an hour": Repeated([Answer(429, "", {"Retry-After": "3600"})], [30]),
    "a Retry-After that is a date": Repeated(
        [Answer(429, "", {"Retry-After": "Sun, 22 Nov 2026 00:00:00 GMT"})], [0.2]
    ),
    "a Retry-After of a digit that is none": Repeated([Answer(429, "", {"Retry-After": "\u00b2"})], [0.2]),
    "429 without": Repeated([Answer(429, "")], [0.2]),
    "500": Repeated([refusal(500)], [0.2]),
    "502 with a page of a proxy": Repeated([Answer(502, "<html>")], [0.2]),
    "503, three times": Repeated([BUSY, BUSY, BUSY], [0.2, 0.4, 0.8]),
    "504": Repeated([refusal(504, "Timeout")], [0.2]),
    "a reset": Repeated([Reset()], [0.2]),
    "two resets": Repeated([Reset(), Reset()], [0.2, 0.4]),
    "a mixture": Repeated([Reset(), TOO_MANY, BUSY], [0.2, 3, 0.8]),
}


@pytest.mark.parametrize("case", REPEATED.values(), ids=REPEATED.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_repeats(case: Repeated, method: str) -> None:
    """What may pass is tried again, after the pause that the server asks for or a growing one, and then succeeds."""
    with serve(*case.script, OBJECT) as server:
        sender = client(server.url)

        assert sender.transport.send(Request(method, "/x", body={"a": 1} if method == "POST" else None))

    assert list(case.pauses) == pytest.approx(sender.pauses)
    assert len(server.received) == len(case.script) + 1


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 410, 422, 501])
def test_final_answers(code: int) -> None:
    """What another attempt cannot change is reported at once."""
    with serve(refusal(code)) as server:
        sender = client(server.url)

        with pytest.raises(ApiError, match=f"^GET /api/v1/namespaces/team-a: {code} Refused: no"):
            sender.transport.send(GET)

    assert (len(server.received), sender.pauses) == (1, [])


@pytest.mark.parametrize(
    ("answer", "attempts", "error"),
    [(TOO_MANY, 10, TooManyRequests), (refusal(500), 3, ServerProblem), (BUSY, 7, ServerProblem)],
    ids=["429", "500", "503"],
)
def test_gives_up(answer: Answer, attempts: int, error: type[ApiError]) -> None:
    """A server that does not recover is reported with its last answer, after a bounded number of attempts."""
    with serve(*[answer] * 20) as server:
        sender = client(server.url)

        with pytest.raises(error):
            sender.transport.send(GET)

    assert len(server.received) == attempts


def test_refused_connection() -> None:
    """Where nobody listens, three attempts are made and the address is named; after that each request has one."""
    url = f"http://127.0.0.1:{closed_port()}"
    sender = client(url)
    expected = f"{url}: the API server cannot be reached (Connection refused); check host, network and proxy"

    for attempts in (3, 1):
        before = len(sender.pauses)
        with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
            sender.transport.send(GET)
        assert len(sender.pauses) - before == attempts - 1


def test_lost_after_it_was_there() -> None:
    """A server that answered before is given more time to come back."""
    with serve(OBJECT, *[Reset()] * 20) as server:
        sender = client(server.url)
        sender.transport.send(GET)

        with pytest.raises(ConnectionProblem, match=r"^http://127\.0\.0\.1:\d+: the API server cannot be reached \("):
            sender.transport.send(GET)

    assert len(server.received) == 1 + 7


def test_unknown_host() -> None:
    """A host that does not exist is reported by its name, without addresses of objects."""
    sender = client("http://no-such-host.invalid:6443").transport

    with pytest.raises(
        ConnectionProblem, match=r"^http://no-such-host\.invalid:6443: the API server cannot be reached \([^<>]+\)"
    ):
        sender.send(GET)


@pytest.mark.parametrize(
    "answer",
    [Answer(200, "<html>Log in, please</html>"), Answer(302, "", {"Location": "https://login.example.com"})],
    ids=["a page", "a redirect"],
)
def test_not_an_api_server(answer: Answer) -> None:
    """An answer that no API server gives is reported as such, and a redirect is not followed."""
    with serve(answer) as server:
        expected = (
            f"{server.url}: the answer to GET /api/v1/namespaces/team-a is not from a Kubernetes API server"
            " (expected was v1 namespaces team-a); check host and proxy"
        )

        with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
            client(server.url).transport.send(GET)


EXISTS = Answer(409, {"kind": "Status", "reason": "AlreadyExists", "message": "there"})
LOST = {
    "a reset": ([Reset()], True),
    "a 504 of a balancer": ([Answer(504, "<html>")], True),
    "a 500": ([refusal(500)], True),
    "too many": ([TOO_MANY], False),
    "nothing": ([], False),
    "a reset, then too many": ([Reset(), TOO_MANY], True),
}


@pytest.mark.parametrize(("script", "was_repeated"), LOST.values(), ids=LOST.keys())
def test_was_repeated(script: t.Sequence[Answer | Reset], was_repeated: bool) -> None:
    """An error says whether the request may have been carried out before, so that what is there can be ours."""
    with serve(*script, EXISTS) as server, pytest.raises(AlreadyExists) as caught:
        client(server.url).transport.send(Request("POST", "/api/v1/namespaces/a/secrets", body={}))

    assert caught.value.was_repeated is was_repeated


def test_never_sent() -> None:
    """A request that never had a connection was not carried out."""
    with pytest.raises(ConnectionProblem) as caught:
        client(f"http://127.0.0.1:{closed_port()}").transport.send(GET)

    assert not caught.value.was_repeated


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ENDLESS = {
    "a body at a byte at a time": Raw(HEAD + b"Content-Length: 1000000\r\n\r\n{", b" ", 0.01),
    "a body in chunks": Raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.01),
    "a header at a byte at a time": Raw(HEAD + b"X: ", b"x", 0.01),
    "a body without an end": Raw(HEAD + b"\r\n{", b" ", 0.01),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS.keys())
def test_trickling_answer(answer: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that keeps coming and does not end is given up as a lost one."""
    monkeypatch.setattr(transport_file, "ANSWER_SECONDS", 0.3)
    with serve(answer, OBJECT) as server:
        assert client(server.url).transport.send(GET) == OBJECT.body

        assert len(server.received) == 2


def test_answer_without_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is larger than any page is not read to its end."""
    monkeypatch.setattr(transport_file, "LARGEST_ANSWER", 100_000)
    endless = Raw(HEAD + b"\r\n", b" " * 10_000)
    with serve(*[endless] * 3) as server, pytest.raises(
        ConnectionProblem, match="the answer has more than 100000 bytes"
    ):
        client(server.url).transport.send(GET)


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds


def test_run_is_over() -> None:
    """When the run's time is over nothing is sent any more, but for what ends what was begun."""
    clock = Clock()
    with serve(OBJECT) as server:
        sender = Transport(Server(server.url), 1, sleep=clock.sleep, deadline=Deadline(100, clock))
        clock.now = 101
        with pytest.raises(OutOfTime, match=r"^timeout: the 100 s that the whole run may take are over"):
            sender.send(GET)

        assert server.received == []
        assert sender.send(Request("GET", GET.path, is_finishing=True)) == OBJECT.body


def test_no_pause_beyond_the_run() -> None:
    """A pause that would outlast the run is not made: the server's words come at once."""
    clock = Clock()
    with serve(*[TOO_MANY] * 20) as server:
        sender = Transport(Server(server.url), 1, sleep=clock.sleep, deadline=Deadline(5, clock))
        with pytest.raises(TooManyRequests):
            sender.send(GET)

        assert (clock.now, len(server.received)) == (3, 2)


HOUR = Answer(429, "", {"Retry-After": "3600"})


@pytest.mark.parametrize("answer", [HOUR, BUSY, Answer(504, "")], ids=["429", "503", "504"])
def test_what_one_is_refused_others_are(answer: Answer) -> None:
    """A server that has no time for one request is not waited for with each of the others, until it has."""
    with serve(answer=lambda _received: answer) as server:
        sender = client(server.url)
        with pytest.raises(ApiError):
            sender.transport.send(GET)
        pauses = len(sender.pauses)
        for _unused in range(500):
            with pytest.raises(ApiError):
                sender.transport.send(GET)
        assert len(sender.pauses) == pauses

        script = [OBJECT, answer, OBJECT]
        server.answer = lambda _received: script.pop(0)
        assert [sender.transport.send(GET) for _unused in range(2)] == [OBJECT.body] * 2
        assert len(sender.pauses) == pauses + 1


FOREIGN = {
    "JSON of somebody else": Answer(200, {"status": "ok"}),
    "a redirect": Answer(301, {"kind": "Namespace"}, {"Location": "https://x.example.com"}),
    "too deep": Answer(200, "[" * 100_000),
    "another object": Answer(200, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "team-b"}}),
}


def test_answer_that_is_too_deep() -> None:
    """An answer that Python's stack does not bear is named as such."""
    with serve(Answer(200, '{"a":' * 200_000 + "1" + "}" * 200_000)) as server, pytest.raises(
        ConnectionProblem,
        match="the answer to GET /api/v1/namespaces/team-a, nested deeper than 200 levels, is not from a Kubernetes API server",
    ):
        client(server.url).transport.send(GET)


@pytest.mark.parametrize("answer", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_foreign_answer(answer: Answer, method: str) -> None:
    """What no API server can have answered is not taken for done, and it may have been."""
    with serve(answer) as server, pytest.raises(
        ConnectionProblem, match="is not from a Kubernetes API server"
    ) as caught:
        client(server.url).transport.send(Request(method, GET.path, body=None if method == "GET" else {}))

    assert caught.value.was_repeated


def test_refusal_that_is_too_deep() -> None:
    """A refusal that cannot be read is one all the same."""
    with serve(Answer(403, "[" * 100_000)) as server, pytest.raises(ApiError, match=f"{server.url} answered without"):
        client(server.url).transport.send(GET)


@pytest.mark.parametrize("token", ["hunter2\nx", "hunter2\r\nX-Y: z", "hunter2\0"], ids=["line", "header", "NUL"])
def test_header_that_cannot_be(token: str) -> None:
    """A token with a line break in it is refused by the header's name, and not shown."""
    with serve() as server, pytest.raises(RequestError, match="the header Authorization cannot be sent") as caught:
        client(server.url, credentials=lambda: {"Authorization": token}).transport.send(GET)

    assert "hunter2" not in str(caught.value)
    assert server.received == []


def test_name_beyond_latin() -> None:
    """A user's name arrives as kubectl sends it."""
    with serve(OBJECT) as server:
        client(server.url, impersonation=(("Impersonate-User", "jörg ж"),)).transport.send(GET)

    assert server.received[0].headers["Impersonate-User"].encode("latin-1").decode() == "jörg ж"


def test_credentials_that_do_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential plugin that hangs is reported to hang."""
    monkeypatch.setattr(transport_file, "CREDENTIAL_SECONDS", 0.01)
    hangs = threading.Event()

    def plugin() -> dict[str, str]:
        hangs.wait()
        return {}

    with pytest.raises(ConnectionProblem, match="the credential plugin of the kubeconfig does not end"):
        client("http://127.0.0.1", credentials=plugin).transport.send(GET)
    hangs.set()


def test_credentials_are_asked_each_time() -> None:
    """A token that was renewed meanwhile is the one that is sent."""
    tokens = iter(["one", "two"])
    with serve(OBJECT, OBJECT) as server:
        sender = client(server.url, credentials=lambda: {"Authorization": next(tokens)}).transport
        sender.send(GET)
        sender.send(GET)

    assert [request.headers["Authorization"] for request in server.received] == ["one", "two"]


def test_proxy() -> None:
    """Through a proxy, the proxy gets the whole address."""
    with serve(OBJECT) as proxy:
        client("http://api.example.com:6443", proxy=proxy.url).transport.send(GET)

    assert proxy.requests == ["GET http://api.example.com:6443/api/v1/namespaces/team-a"]


def test_proxy_that_is_not_there() -> None:
    """A proxy that cannot be reached is reported as the proxy."""
    sender = client("http://api.example.com:6443", proxy=f"http://127.0.0.1:{closed_port()}").transport
    expected = "http://api.example.com:6443: the proxy cannot be reached or refuses (Connection refused); check proxy"

    with pytest.raises(ConnectionProblem, match=f"^{re.escape(expected)}$"):
        sender.send(GET)


class Trust(t.NamedTuple):
    """A server's certificate with its key in one file, which is the authority to trust as well."""

    file: Path

    def server(self) -> ssl.SSLContext:
        """What the server shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context

    def client(self) -> ssl.SSLContext:
        """What a client needs to trust it."""
        return ssl.create_default_context(cafile=str(self.file))


@pytest.fixture(name="trust", scope="module")
def _trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """A certificate for 127.0.0.1 and api.example.com, signed by itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415  # not on every Python that modules run on
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # see above

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    alternatives = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("api.example.com")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Trust(file)


def test_tls(trust: Trust) -> None:
    """A server whose certificate is trusted is talked to."""
    with serve(OBJECT, tls=trust.server()) as server:
        assert client(server.url, tls=trust.client()).transport.send(GET) == OBJECT.body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_proxy_behind_tls(trust: Trust, host: str) -> None:
    """A proxy shows a certificate for its own name, and the server behind it one for its."""
    with serve(OBJECT, tls=trust.server()) as server, http_proxy(tls=trust.server()) as proxy:
        port, address = server.url.rpartition(":")[2], proxy.replace("127.0.0.1", host)
        sender = client(
            f"https://api.example.com:{port}", tls=trust.client(), proxy=f"https://{address}", proxy_tls=trust.client()
        )
        if host == "127.0.0.1":
            assert sender.transport.send(GET)["kind"] == "Namespace"
        else:
            with pytest.raises(ConnectionProblem, match=r"not valid for 'localhost'"):
                sender.transport.send(GET)


def test_tls_through_socks(trust: Trust) -> None:
    """Behind a SOCKS proxy the server's certificate is checked for the name that was asked for."""
    with serve(OBJECT, tls=trust.server()) as server, socks_proxy() as proxy:
        port = server.url.rpartition(":")[2]
        details = {"tls": trust.client(), "proxy": f"socks5://{proxy}"}

        assert client(f"https://api.example.com:{port}", **details).transport.send(GET)["kind"] == "Namespace"
        with pytest.raises(ConnectionProblem, match=r": the server's certificate is for another name "):
            client(f"https://other.example.com:{port}", **details).transport.send(GET)


def test_tls_not_trusted(trust: Trust) -> None:
    """A certificate that is not trusted is reported at once, with the option that would help."""
    with serve(tls=trust.server()) as server:
        sender = client(server.url, tls=ssl.create_default_context())
        start = re.escape(f"{server.url}: the server's certificate is not trusted (")
        end = re.escape("); set ca_cert to the authority that signed it")

        with pytest.raises(ConnectionProblem, match=f"^{start}.*certificate.*{end}$"):
            sender.transport.send(GET)

    assert (sender.pauses, server.received) == ([], [])


def test_tls_where_none_is_spoken() -> None:
    """HTTPS to a port of plain HTTP is reported as that."""
    with serve(OBJECT) as server, pytest.raises(ConnectionProblem, match="nobody speaks TLS there"):
        client(server.url.replace("http://", "https://"), tls=ssl.create_default_context()).transport.send(GET)


def test_tls_other_name(trust: Trust) -> None:
    """A certificate for another host is not trusted, unless that is the name to expect."""
    with serve(OBJECT, tls=trust.server()) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(
            ConnectionProblem, match=r"the server's certificate is for another name .*set tls_server_name"
        ):
            client(url, tls=trust.client()).transport.send(GET)

        assert client(url, tls=trust.client(), server_name="api.example.com").transport.send(GET)
        with pytest.raises(
            ConnectionProblem, match=r"the server's certificate is for another name .*set tls_server_name"
        ):
            client(server.url, tls=trust.client(), server_name="other.example.com").transport.send(GET)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_tls_not_verified(trust: Trust) -> None:
    """Who says so talks to any server."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with serve(OBJECT, tls=trust.server()) as server:
        assert client(server.url, tls=context).transport.send(GET)


def test_secret_is_in_no_error() -> None:
    """What was sent is not in the error, its cause or its context, whatever the server says."""
    with serve(refusal(403)) as server:
        with pytest.raises(Forbidden) as caught:
            client(server.url).transport.send(Request("POST", "/x", body={"data": "hunter2"}))

        error: BaseException | None = caught.value
        while error:
            assert "hunter2" not in repr(error) + str(error)
            error = error.__cause__ or error.__context__


def test_repr_hides_credentials() -> None:
    """Neither a server nor a request shows what it carries."""
    shown = repr(Server("https://x", credentials=lambda: {"Authorization": "hunter2"}, proxy_headers={"P": "hunter2"}))

    assert "hunter2" not in shown + repr(Request("POST", "/x", body={"data": "hunter2"}))


def test_loopback_is_bounded() -> None:
    """The server of these tests leaves no thread behind."""
    before = threading.active_count()
    with serve() as server:
        assert isinstance(server, Loopback)

    assert threading.active_count() <= before


PASSWORD = "pä\"ss\\w<o>r&d:'x-1"
TOKEN = "token-of-a-kubeconfig-1"
SECRETS = "/api/v1/namespaces/team-a/secrets"
DOCUMENT = json.dumps({"auths": {"quay.io": {"auth": base64.b64encode(f"u:{PASSWORD}".encode()).decode()}}})
MANIFEST = {"kind": "Secret", "data": {".dockerconfigjson": base64.b64encode(DOCUMENT.encode()).decode()}}
ENCODINGS: t.Mapping[str, t.Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "in a URL": lambda text: quote(text, safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, cut": lambda text: base64.b64encode(f"xxxx{text}yyyy".encode()).decode()[1:-3],
    "base64 in base64": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
}


def sent(message_for: t.Callable[[Received], str], *requests: Request) -> ApiError:
    """What becomes of the last request, when the server answers it with this."""
    proof = base64.b64encode(f"user:{PASSWORD}".encode()).decode()

    def answer(received: Received) -> Answer:
        if received.method == "GET":
            return Answer(200, {"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": [MANIFEST]})
        return Answer(403, {"kind": "Status", "reason": "Forbidden", "message": message_for(received)})

    with serve(answer=answer) as server:
        to_proxy = {"Proxy-Authorization": f"Basic {proof}"}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        who = Server(server.url, proxy_headers=to_proxy, credentials=lambda: headers)
        transport = Transport(who, 1, watcher=SecretRegister())
        for request in requests[:-1]:
            transport.send(request)
        with pytest.raises(Forbidden) as caught:
            transport.send(requests[-1])
    return caught.value


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
@pytest.mark.parametrize("quoted", ["headers", "body", "document", "password", "auth"])
def test_echo(quoted: str, encode: t.Callable[[str], str]) -> None:
    """Whatever a server sends back of a request, and however, nothing in it can be read that nobody may see."""

    def message_for(received: Received) -> str:
        texts = {
            "headers": str(dict(received.headers)),
            "body": json.dumps(received.body),
            "document": DOCUMENT,
            "password": PASSWORD,
            "auth": f"u:{PASSWORD}",
        }
        return f"refused: {encode(texts[quoted])}"

    error = sent(message_for, Request("POST", SECRETS, body=MANIFEST))

    assert error.message.startswith("refused: ")
    assert "********" in error.message
    for text in (PASSWORD, TOKEN, json.dumps(PASSWORD)[1:-1], base64.b64encode(PASSWORD.encode()).decode()[:12]):
        assert text not in str(error)
    assert str(error).startswith(f"POST {SECRETS}: 403 Forbidden: refused: ")


def test_of_what_was_read() -> None:
    """What was read before is known, too: a policy may quote the object that is there."""
    error = sent(lambda _received: f"old: {PASSWORD}", Request("GET", SECRETS), Request("DELETE", f"{SECRETS}/a"))

    assert error.message == "old: ********"
