"""Connections through a SOCKS proxy."""

from __future__ import annotations

import contextlib
import socket
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.socks import SocksRefused, connect_through
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from tests.unit.loopback import Answer, closed_port, serve
from tests.unit.loopback_proxies import http_proxy, socks_proxy

pytest.importorskip("urllib3")

Login = t.Optional[t.Tuple[str, str]]
LOGIN = ("us@er", "hunter2:/é")
OBJECT = Answer(200, {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "team-a"}})
FAR = "api.example.test"


def ask(server_url: str, proxy: str, login: Login = None, host: str = FAR) -> t.Any:
    """Asks a server under a name that only the proxy knows."""
    url = f"http://{host}:{server_url.rpartition(':')[2]}"
    transport = Transport(Server(url, proxy=f"socks5://{proxy}", proxy_login=login), 1, sleep=lambda _seconds: None)
    return transport.send(Request("GET", "/api/v1/namespaces/team-a"))


@pytest.mark.parametrize("host", [FAR, "10.0.0.1", "[fd00::1]"])
def test_through_it(host: str) -> None:
    """The proxy is given names and addresses as they are."""
    with serve(OBJECT) as server, socks_proxy() as proxy:
        assert ask(server.url, proxy, host=host)["kind"] == "Namespace"

    assert server.received[0].headers["Host"].startswith(f"{host}:")


@pytest.mark.parametrize("wanted", [":".join(LOGIN), ""])
def test_login(wanted: str) -> None:
    """User and password are given to whoever wants them, and kept from others."""
    with serve(OBJECT) as server, socks_proxy(wanted) as proxy:
        assert ask(server.url, proxy, LOGIN)["kind"] == "Namespace"


def test_several_requests() -> None:
    """Requests after the first take its connection."""
    with serve(OBJECT, OBJECT) as server, socks_proxy() as proxy:
        url = f"http://{FAR}:{server.url.rpartition(':')[2]}"
        transport = Transport(Server(url, proxy=f"socks5://{proxy}"), 1)
        for _unused in range(2):
            transport.send(Request("GET", "/api/v1/namespaces/team-a"))

    assert [received.connection for received in server.received] == [1, 1]


@contextlib.contextmanager
def nobody() -> t.Iterator[str]:
    """An address where nobody listens."""
    yield f"127.0.0.1:{closed_port()}"


class Refused(t.NamedTuple):
    """A proxy, who asks it, and what is reported of it."""

    proxy: t.Callable[[], t.ContextManager[str]]
    login: Login
    message: str


TOO_LONG = "a user for it has 1 to 255 bytes, and a password at most 255"
REFUSED = {
    "it wants a login": Refused(lambda: socks_proxy("u:hunter2"), None, "it takes nobody without a user and password"),
    "a wrong password": Refused(
        lambda: socks_proxy("u:hunter2"), ("u", "hunter2x"), "it does not take the user and password"
    ),
    "half a login": Refused(lambda: socks_proxy("u:hunter2"), ("u", ""), "it does not take the user and password"),
    "no user": Refused(lambda: socks_proxy("u:hunter2"), ("", "hunter2"), TOO_LONG),
    "a long password": Refused(lambda: socks_proxy("u:hunter2"), ("u", "hunter2" * 40), TOO_LONG),
    "it forbids the host": Refused(lambda: socks_proxy(refusal=2), None, "its rules forbid this host"),
    "the host refuses": Refused(lambda: socks_proxy(refusal=5), None, "the host refuses the connection"),
    "it gives no reason": Refused(lambda: socks_proxy(refusal=99), None, "it refuses, and does not say why"),
    "it speaks HTTP": Refused(http_proxy, None, "it ends the connection"),
    "nobody is there": Refused(nobody, None, "Connection refused"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_refused(case: Refused) -> None:
    """Whatever the proxy does, it is named as the one who does it, without user and password."""
    with serve(OBJECT) as server, case.proxy() as proxy, pytest.raises(ConnectionProblem) as caught:
        ask(server.url, proxy, case.login)

    port = server.url.rpartition(":")[2]
    expected = f"http://{FAR}:{port}: the proxy cannot be reached or refuses ({case.message}); check proxy"
    assert str(caught.value) == expected
    assert not server.received


def test_long_name() -> None:
    """A name that the protocol has no room for is refused."""
    with socks_proxy() as proxy:
        host, _colon, port = proxy.rpartition(":")
        with pytest.raises(SocksRefused, match=r"^the host's name has more than 255 bytes$"):
            connect_through((host, int(port)), None, ("a" * 256, 443), 600)


def test_silence() -> None:
    """A proxy that says nothing is waited for until the time is over."""
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(socket.timeout):
        connect_through(listener.getsockname()[:2], None, (FAR, 443), 0.1)
