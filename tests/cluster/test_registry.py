"""Real registries, with passwords and with tokens: they let their users in and nobody else, and nothing of them stays."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
import typing as t
import urllib.parse

import pytest

from tests.cluster.ports import LOOPBACK, free_ports
from tests.cluster.registry import Auth, Registry, start_registry
from tests.cluster.watcher import is_running

USERS: t.Final = {"robot": "pä:ss {w}ord", "reader": "x"}
REPOSITORIES: t.Final = "/v2/_catalog"


@pytest.fixture(name="registry", scope="module", params=t.get_args(Auth))
def _registry(request: pytest.FixtureRequest) -> t.Iterator[Registry]:
    """A registry of each kind, with two users."""
    with start_registry(USERS, auth=request.param) as started:
        yield started


def status_for(registry: Registry, user: str = "", password: str = "") -> int:
    """What the registry says to somebody who wants to know its repositories, 200 or 401; a token is fetched where it takes one."""
    headers = {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"} if user else {}
    if registry.token_server:
        challenge = get(registry, registry.address, REPOSITORIES, {})[1]["WWW-Authenticate"]
        wanted = dict(re.findall('([a-z]+)="([^"]*)"', challenge))
        realm = urllib.parse.urlsplit(wanted.pop("realm"))
        status, _headers, answer = get(
            registry, realm.netloc, f"{realm.path}?{urllib.parse.urlencode(wanted)}", headers
        )
        if status != 200:
            return status
        headers = {"Authorization": f"Bearer {json.loads(answer)['token']}"}
    return get(registry, registry.address, REPOSITORIES, headers)[0]


def get(
    registry: Registry, address: str, path: str, headers: t.Mapping[str, str]
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """What a server says whose certificate the registry's authority signed."""
    context = ssl.create_default_context(cafile=registry.authority)
    with contextlib.closing(http.client.HTTPSConnection(address, context=context, timeout=300)) as connection:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize("user", USERS)
def test_users(user: str, registry: Registry) -> None:
    """Each user gets in, with any password."""
    assert status_for(registry, user, USERS[user]) == 200


@pytest.mark.parametrize(("user", "password"), [("", ""), ("robot", "x"), ("somebody", "x"), ("robot", "")])
def test_others(user: str, password: str, registry: Registry) -> None:
    """Nobody else gets in."""
    assert status_for(registry, user, password) == 401


def test_changed_password(registry: Registry) -> None:
    """A password holds from the moment in which it was changed, and the old one no longer."""
    registry.change_password("reader", "y")
    try:
        assert (status_for(registry, "reader", "x"), status_for(registry, "reader", "y")) == (401, 200)
    finally:
        registry.change_password("reader", "x")


def test_passwords_are_not_shown(registry: Registry) -> None:
    """Passwords are neither shown with the registry nor kept in its folder."""
    kept = b"".join(file.read_bytes() for file in registry.directory.rglob("*") if file.is_file())

    assert USERS["robot"] not in repr(registry)
    assert USERS["robot"].encode() not in kept


def test_authority_alone(registry: Registry) -> None:
    """The folder for podman's --cert-dir has the authority's certificate alone: it would want a key for any other."""
    assert [file.name for file in registry.certificates.iterdir()] == ["ca.crt"]


def test_gone() -> None:
    """After it, there is no process and no file."""
    with start_registry(USERS) as registry:
        pass

    assert not is_running(registry.component.identity)
    assert not registry.directory.exists()


def test_port_taken() -> None:
    """A port that somebody else has is passed over."""
    with socket.create_server((LOOPBACK, 0)) as somebody:
        taken = somebody.getsockname()[1]
        with start_registry(USERS, ports=iter([taken, next(free_ports())])) as registry:
            assert registry.address != f"{LOOPBACK}:{taken}"
            assert status_for(registry, "reader", "x") == 200


def test_variables_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is meant for podman does not reach the registry, whose settings have names like it."""
    monkeypatch.setenv("REGISTRY_AUTH_FILE", "/nonexistent/auth.json")
    monkeypatch.setenv("REGISTRY_HTTP_ADDR", "127.0.0.1:1")

    with start_registry(USERS) as registry:
        assert status_for(registry, "reader", "x") == 200
