"""Which program is taken, and what it cannot do."""

from __future__ import annotations

import socket
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images import runtime as runtime_module
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images import tools as image_tools
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.tools import AskedTools, find_tools

VERSION = '#!/bin/sh\necho "RuntimeName:  {name}"\n'


@pytest.fixture(name="programs")
def _programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[t.Callable[..., str]]:
    """Installs programs, of which crictl says that it talks to ``speaks``; gives the path of containerd's socket."""
    monkeypatch.setattr(runtime_module, "FOLDERS", ())
    monkeypatch.setattr(runtime_module, "kubelet_endpoints", list)
    monkeypatch.setattr(image_tools, "kubelet_endpoints", list)
    monkeypatch.setenv("PATH", str(tmp_path))
    endpoint = tmp_path / "containerd.sock"
    monkeypatch.setattr(runtime_module, "SOCKETS", [(str(endpoint), "containerd")])

    def install(*names: str, speaks: str = "containerd") -> str:
        for name in names:
            (tmp_path / name).write_text(VERSION.format(name=speaks), encoding="utf-8")
            (tmp_path / name).chmod(0o755)
        return str(endpoint)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(endpoint))
        yield install


@pytest.mark.parametrize(
    ("names", "asked", "expected"),
    [
        (["crictl", "ctr", "nerdctl"], "auto", "crictl"),
        (["nerdctl", "ctr"], "auto", "ctr"),
        (["nerdctl"], "auto", "nerdctl"),
        (["crictl", "ctr"], "ctr", "ctr"),
        (["crictl", "podman"], "podman", "podman"),
        (["crictl", "docker"], "docker", "docker"),
    ],
)
def test_choice(names: list[str], asked: str, expected: str, programs: t.Callable[..., str]) -> None:
    """The program that was asked for, or the best one that is here."""
    endpoint = programs(*names)

    tools = find_tools(AskedTools(asked))

    assert tools.program.name == expected
    assert tools.program.endpoint == ("" if expected in ("podman", "docker") else endpoint)
    assert (tools.pinner, tools.is_of_kubelet) == (None, expected not in ("podman", "docker"))


def test_pinner_beside_crictl(programs: t.Callable[..., str]) -> None:
    """Images are pulled through crictl and pinned through ctr, on the same socket."""
    endpoint = programs("crictl", "ctr")

    tools = find_tools(AskedTools(pins=True))

    assert tools.program.name == "crictl"
    assert tools.pinner is not None
    assert (tools.pinner.name, tools.pinner.endpoint, tools.pinner.namespace) == ("ctr", endpoint, "k8s.io")


def test_namespace_of_others(programs: t.Callable[..., str]) -> None:
    """A kubelet does not look into another of containerd's namespaces."""
    programs("ctr")

    assert not find_tools(AskedTools("ctr", namespace="default")).is_of_kubelet


@pytest.mark.parametrize(
    ("asked", "endpoints", "expected"),
    [
        ("podman", ["/run/crio/crio.sock"], True),
        ("podman", ["/run/containerd/containerd.sock"], False),
        ("docker", ["/run/cri-dockerd.sock"], True),
        ("docker", [], False),
    ],
)
def test_store_of_the_kubelet(
    asked: str, endpoints: list[str], expected: bool, programs: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kubelet finds podman's images through CRI-O, and docker's through cri-dockerd."""
    programs("podman", "docker")
    monkeypatch.setattr(image_tools, "kubelet_endpoints", lambda: endpoints)

    assert find_tools(AskedTools(asked)).is_of_kubelet is expected


REFUSED: t.Sequence[tuple[str, list[str], str, AskedTools, str]] = [
    ("none", [], "", AskedTools(), "runtime: crictl and ctr and nerdctl: not found on PATH or where containerd usually has them"),
    ("not that one", ["ctr"], "", AskedTools("nerdctl"), "runtime: nerdctl: not found on PATH"),
    ("endpoint of podman", ["podman"], "", AskedTools("podman", endpoint="/x"), "endpoint: podman has none; leave it out"),
    ("pins of podman", ["podman"], "", AskedTools("podman", pins=True), "pinned: podman cannot pin an image; on nodes with CRI-O"),
    ("pins of docker", ["docker"], "", AskedTools("docker", pins=True), "pinned: docker cannot pin an image; on nodes with cri-dockerd"),
    ("pins of nerdctl", ["nerdctl"], "", AskedTools("nerdctl", pins=True), "pinned: nerdctl cannot pin an image; set runtime to ctr"),
    ("pins without ctr", ["crictl"], "containerd", AskedTools(pins=True), "pinned: crictl cannot pin, and ctr is not here; install ctr"),
    ("pins of CRI-O", ["crictl", "ctr"], "cri-o", AskedTools(pins=True), "pinned: the runtime is cri-o, whose images cannot be pinned"),
    ("another namespace", ["crictl", "ctr"], "containerd", AskedTools(namespace="x"), "containerd_namespace: crictl sees"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "names", "speaks", "asked", "expected"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused(
    name: str, names: list[str], speaks: str, asked: AskedTools, expected: str, programs: t.Callable[..., str]
) -> None:
    """What cannot be done is reported before anything is, with what to do."""
    programs(*names, speaks=speaks)

    with pytest.raises(InvalidInput) as refused:
        find_tools(asked)

    assert str(refused.value).startswith(expected), name
