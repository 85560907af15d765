"""What may stand in a kubeconfig, and files that it or an option names."""

from __future__ import annotations

import contextlib
import copy
import os
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import RegcredError
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection import kubeconfig
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.connection import Access, find_server
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.kubeconfig import (
    load_kubeconfig,
    read_regular_file,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem

if t.TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("urllib3")

Document = t.Dict[str, t.Any]
CHECK = "check it with kubectl config view"
TEXT = "is no text; put it in quotes"
FULL: t.Final[Document] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "main",
    "preferences": {},
    "clusters": [
        {
            "name": "c",
            "cluster": {
                "server": "http://127.0.0.1:8001",
                "tls-server-name": "x",
                "proxy-url": "http://proxy:1",
                "insecure-skip-tls-verify": True,
                "disable-compression": True,
                "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"a": 1}}],
            },
        }
    ],
    "users": [
        {
            "name": "u",
            "user": {
                "as": "a",
                "as-uid": "1",
                "as-groups": ["g"],
                "as-user-extra": {"k": ["v"]},
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "command": "p",
                    "interactiveMode": "Never",
                    "installHint": "x",
                    "provideClusterInfo": True,
                    "args": ["a"],
                    "env": [{"name": "A", "value": "b"}],
                },
            },
        },
        {"name": "v", "user": {"auth-provider": {"name": "oidc", "config": {"id-token": "x"}}}},
        {"name": "w", "user": {"token": "x", "tokenFile": "/x", "username": "x", "password": "x"}},
        {
            "name": "x",
            "user": {
                "client-certificate": "/x",
                "client-key": "/x",
                "client-certificate-data": "eA==",
                "client-key-data": "eA==",
            },
        },
    ],
    "contexts": [{"name": "main", "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
}


class Wrong(t.NamedTuple):
    """A user, and what is reported of it after its place."""

    user: t.Any
    message: str


WRONG = {
    "text": Wrong({"token": 5}, f"users[0].user.token {TEXT}"),
    "empty list for a text": Wrong({"username": []}, f"users[0].user.username {TEXT}"),
    "false for a text": Wrong({"as": False}, f"users[0].user.as {TEXT}"),
    "groups": Wrong({"as-groups": "dev"}, f"users[0].user.as-groups is no list; {CHECK}"),
    "group": Wrong({"as-groups": ["a", 5]}, f"users[0].user.as-groups[1] {TEXT}"),
    "extra": Wrong({"as-user-extra": "x"}, f"users[0].user.as-user-extra is no mapping; {CHECK}"),
    "values of extra": Wrong(
        {"as-user-extra": {"hunter2": "v"}}, f"a value in users[0].user.as-user-extra is no list; {CHECK}"
    ),
    "name in extra": Wrong({"as-user-extra": {4711: []}}, f"a name in users[0].user.as-user-extra {TEXT}"),
    "plugin": Wrong({"exec": []}, f"users[0].user.exec is no mapping; {CHECK}"),
    "arguments": Wrong({"exec": {"args": "hunter2"}}, f"users[0].user.exec.args is no list; {CHECK}"),
    "argument": Wrong({"exec": {"args": [4711]}}, f"users[0].user.exec.args[0] {TEXT}"),
    "value of a variable": Wrong({"exec": {"env": [{"value": 4711}]}}, f"users[0].user.exec.env[0].value {TEXT}"),
    "flag": Wrong(
        {"exec": {"provideClusterInfo": "false"}},
        "users[0].user.exec.provideClusterInfo is no boolean; write true or false, without quotes",
    ),
    "provider": Wrong({"auth-provider": "gcp"}, f"users[0].user.auth-provider is no mapping; {CHECK}"),
    "name of a provider": Wrong({"auth-provider": {"name": ["gcp"]}}, f"users[0].user.auth-provider.name {TEXT}"),
    "setting of a provider": Wrong(
        {"auth-provider": {"config": {"hunter2": 4711}}}, f"a value in users[0].user.auth-provider.config {TEXT}"
    ),
    "surrogate": Wrong({"as": "hunter2\ud800"}, f"users[0].user.as is no text in UTF-8; {CHECK}"),
    "no mapping": Wrong(["hunter2"], f"users[0].user is no mapping; {CHECK}"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_wrong_type(case: Wrong) -> None:
    """What is not of its type is refused, as kubectl refuses it, with its place and nothing that stands there."""
    with pytest.raises(ConnectionProblem) as caught:
        load_kubeconfig({"users": [{"name": "u", "user": case.user}]})

    assert str(caught.value) == f"kubeconfig: {case.message}"


@pytest.mark.parametrize("more", [{"kind": "Pod"}, {"apiVersion": "v2"}, {"apiVersion": "x/v1"}, {"kind": ["Config"]}])
def test_another_kind(more: Document) -> None:
    """Another kind or version is refused."""
    expected = "kubeconfig: cannot be used (it is no Config of version v1); give a kubeconfig"
    with pytest.raises(ConnectionProblem) as caught:
        load_kubeconfig({**FULL, **more})

    assert str(caught.value) == expected


@pytest.mark.parametrize("more", [{}, {"users": None}, {"users": [None]}, {"users": [{"user": {}}]}, {"x": {5: "y"}}])
def test_left_out(more: Document) -> None:
    """What is missing or null counts as empty, and what nobody reads may be anything."""
    assert load_kubeconfig({**FULL, **more}).current_context == "main"


def places(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    """Paths of all values in a document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from places(member, (*path, name))


def changed(path: tuple[t.Any, ...], value: t.Any) -> t.Any:
    """The full document with another value at a place."""
    document = copy.deepcopy(FULL)
    inner: t.Any = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return document


ODD: t.Final[t.Sequence[t.Any]] = (
    *(
        None,
        "",
        "x",
        " \n",
        "\ud800",
        "é\x00",
        5,
        0,
        1.5,
        True,
        False,
        [],
        [None],
        ["x"],
        {},
        {"x": None},
        {5: []},
        [[]],
        [{}],
    ),
    *("https://[", "http://é:1", "[" * 500),
)


def test_whatever_stands_there() -> None:
    """Whatever stands anywhere in a kubeconfig is used or refused, and never a mistake of ours."""

    def run_plugin(_command: t.Sequence[str], _environment: t.Mapping[str, str]) -> bytes:
        return b'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"x"}}'

    for path in places(FULL):
        user = FULL["users"][path[1]]["name"] if path[0] == "users" and len(path) > 1 else "u"
        for value in ODD:
            document = changed(path, value)
            if path[0] != "contexts":
                document["contexts"] = [{"name": "main", "context": {"cluster": "c", "user": user}}]
            with contextlib.suppress(RegcredError):
                find_server(Access(kubeconfig=document, run_plugin=run_plugin)).credentials()


def test_file(tmp_path: Path) -> None:
    """A file is read as it is."""
    (tmp_path / "x").write_bytes(b"\x00a")

    assert read_regular_file(str(tmp_path / "x")) == b"\x00a"


def test_pipe(tmp_path: Path) -> None:
    """A pipe that nobody writes to is refused, and not waited for."""
    os.mkfifo(tmp_path / "x")

    with pytest.raises(OSError, match=r"it is no regular file"):
        read_regular_file(str(tmp_path / "x"))


@pytest.mark.parametrize("path", ["", "/dev/null"], ids=["folder", "device"])
def test_no_file(path: str, tmp_path: Path) -> None:
    """A folder and a device are no files."""
    with pytest.raises(OSError, match=r"it is no regular file|Is a directory"):
        read_regular_file(path or str(tmp_path))


def test_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that holds anything but credentials is not read to its end."""
    monkeypatch.setattr(kubeconfig, "LARGEST", 3)
    (tmp_path / "x").write_bytes(b"1234")

    with pytest.raises(OSError, match=r"it has more than 3 bytes"):
        read_regular_file(str(tmp_path / "x"))
