"""Which runtime is here, on machines that are made up of files: processes, configurations, sockets and programs."""

from __future__ import annotations

import os
import socket
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images import runtime as runtime_module
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.containerd_hosts import find_hosts_dir
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.runtime import (
    Kind,
    Runtime,
    find_program,
    find_runtime,
    kubelet_endpoints,
    without_scheme,
)
from tests.unit.fake_processes import show_process

ALL: tuple[Kind, ...] = t.get_args(Kind)
CONTAINERD: tuple[Kind, ...] = ("containerd",)


class Machine:
    """A machine in a folder, whose paths are short enough for sockets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.proc = folder / "proc"
        (self.proc / "self" / "ns").mkdir(parents=True)
        self._sockets: list[socket.socket] = []

    def run(self, pid: int, *arguments: str) -> Path:
        """A process of ours, which sees the same files; its working directory."""
        process = show_process(self.proc, pid, *arguments)
        directory = self.folder / f"cwd-{pid}"
        directory.mkdir()
        (process / "cwd").symlink_to(directory)
        (process / "root").symlink_to("/")
        (process / "comm").write_text(f"{arguments[0].rpartition('/')[2]}\n", encoding="utf-8")
        (process / "environ").write_bytes(b"")
        return directory

    def listen(self, name: str) -> str:
        """A socket; its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        self._sockets.append(listener)
        return str(path)

    def close(self) -> None:
        """Close the sockets."""
        for each in self._sockets:
            each.close()


@pytest.fixture(name="machine")
def _machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Machine]:
    """A machine with no runtime, on which containerd, CRI-O and docker would have their sockets below its folder."""
    machine = Machine(tmp_path_factory.mktemp("m"))
    kinds = {"containerd": "containerd", "crio": "cri-o", "docker": "docker"}
    sockets = [(f"{machine.folder}/{name}.sock", kind) for name, kind in kinds.items()]
    monkeypatch.setattr(runtime_module, "SOCKETS", sockets)
    monkeypatch.setattr(runtime_module, "FOLDERS", ())
    monkeypatch.setattr(runtime_module, "PROC", machine.proc)
    monkeypatch.setattr(runtime_module, "kubelet_endpoints", lambda: kubelet_endpoints(machine.proc))
    monkeypatch.setenv("PATH", f"{machine.folder}/bin")
    yield machine
    machine.close()


def install(machine: Machine, *names: str) -> None:
    """Programs on PATH."""
    folder = machine.folder / "bin"
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (folder / name).chmod(0o755)


CONFIGURATIONS: t.Sequence[tuple[str, tuple[str, ...], str, str]] = [
    ("a flag", ("--container-runtime-endpoint=unix:///run/a.sock",), "", "/run/a.sock"),
    ("a flag in two words", ("--container-runtime-endpoint", "/run/a.sock"), "", "/run/a.sock"),
    ("YAML", ("--config=k.yaml",), "kind: x\ncontainerRuntimeEndpoint: unix:///run/b.sock # ours\n", "/run/b.sock"),
    ("YAML in quotes", ("--config", "k.yaml"), 'containerRuntimeEndpoint: "unix:///run/b.sock"\n', "/run/b.sock"),
    (
        "JSON",
        ("--config=k.yaml",),
        '{"a": 1,\n "containerRuntimeEndpoint": "unix:///run/b.sock", "c": 2}',
        "/run/b.sock",
    ),
    ("empty", ("--config=k.yaml",), 'containerRuntimeEndpoint: ""\n', "/run/containerd/containerd.sock"),
    ("nothing", (), "", "/run/containerd/containerd.sock"),
    ("a file that is gone", ("--config=gone.yaml",), "", "/run/containerd/containerd.sock"),
]


@pytest.mark.parametrize(
    ("name", "flags", "config", "expected"), CONFIGURATIONS, ids=[case[0] for case in CONFIGURATIONS]
)
def test_runtime_of_the_kubelet(
    name: str, flags: tuple[str, ...], config: str, expected: str, machine: Machine
) -> None:
    """It is the one that its flag names, or its configuration, which is found from where it was started."""
    directory = machine.run(7, "/usr/bin/kubelet", f"--root-dir={machine.folder}", *flags)
    (directory / "k.yaml").write_text(config, encoding="utf-8")

    assert kubelet_endpoints(machine.proc) == [expected], name


def test_kubelet_of_microk8s(machine: Machine) -> None:
    """Its options are in a file, with variables of its environment."""
    arguments = machine.folder / "kubelet-args"
    arguments.write_text(
        "--root-dir=${COMMON}\n--container-runtime-endpoint=${COMMON}/run/containerd.sock\n", encoding="utf-8"
    )
    machine.run(7, "kubelite", f"--kubelet-args-file={arguments}")
    (machine.proc / "7" / "environ").write_bytes(f"COMMON={machine.folder}\0".encode())

    assert kubelet_endpoints(machine.proc) == [f"{machine.folder}/run/containerd.sock"]


def test_kubelet_of_k3s(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hides its options; its own containerd is meant, if it has one."""
    machine.run(7, "k3s", "server")
    monkeypatch.setattr(runtime_module, "K3S", f"{machine.folder}/k3s.sock")
    assert kubelet_endpoints(machine.proc) == []

    endpoint = machine.listen("k3s.sock")
    assert kubelet_endpoints(machine.proc) == [endpoint]


def test_kubelet_comes_first(machine: Machine) -> None:
    """Where a kubelet runs, the runtime that it uses is meant, whatever else is here."""
    machine.listen("docker.sock")
    endpoint = machine.listen("containerd.sock")
    machine.run(7, "kubelet", f"--root-dir={machine.folder}", f"--container-runtime-endpoint=unix://{endpoint}")

    assert find_runtime("", ALL) == Runtime("containerd", endpoint)
    assert find_runtime(endpoint, ALL) == Runtime("containerd", endpoint)


def test_socket_that_is_here(machine: Machine) -> None:
    """Without a kubelet, the one runtime that is here is meant; of two, the one that the program works with."""
    endpoint = machine.listen("crio.sock")
    assert find_runtime("", ALL) == Runtime("cri-o", endpoint)

    other = machine.listen("containerd.sock")
    assert find_runtime("", CONTAINERD) == Runtime("containerd", other)
    with pytest.raises(
        InvalidInput, match=rf"^runtime: more than one is here \(containerd at {other}, cri-o at {endpoint}\); say"
    ):
        find_runtime("", ALL)


def test_podman_alone(machine: Machine) -> None:
    """It has no socket, and counts where nothing else is here."""
    install(machine, "podman")
    assert find_runtime("", ALL) == Runtime("podman")

    machine.listen("docker.sock")
    assert find_runtime("", ALL).kind == "docker"


def test_none(machine: Machine) -> None:
    """Where nothing is, that is reported with where it was looked for."""
    with pytest.raises(
        InvalidInput,
        match=f"^runtime: no container runtime is here: .* {machine.folder}/crio.sock.*; start it, name",
    ):
        find_runtime("", ALL)
    with pytest.raises(InvalidInput, match=r"^endpoint: there is no socket '/nowhere.sock'; correct the path"):
        find_runtime("/nowhere.sock", ALL)


@pytest.mark.parametrize(
    ("name", "kinds", "expected"),
    [
        ("containerd.sock", ALL, "containerd"),
        ("crio/crio.sock", ALL, "cri-o"),
        ("cri-dockerd.sock", ALL, "cri"),
        ("docker.sock", ALL, "docker"),
        ("other.sock", ALL, "cri"),
        ("other.sock", CONTAINERD, "containerd"),
    ],
)
def test_kind_of_a_socket(name: str, kinds: tuple[Kind, ...], expected: Kind, machine: Machine) -> None:
    """A socket's name tells whose it is, unless the program has."""
    endpoint = machine.listen(name)

    assert find_runtime(endpoint, kinds) == Runtime(expected, endpoint)


def test_programs(machine: Machine) -> None:
    """A program is found on PATH, and crictl and ctr in k3s."""
    assert (find_program("crictl"), find_program("podman")) == ((), ())
    install(machine, "k3s", "ctr")

    k3s, ctr = (f"{machine.folder}/bin/{name}" for name in ("k3s", "ctr"))
    assert (find_program("crictl"), find_program("ctr"), find_program("podman")) == ((k3s, "crictl"), (ctr,), ())


@pytest.mark.parametrize("endpoint", ["unix:///run/a.sock", "/run/a.sock"])
def test_scheme(endpoint: str) -> None:
    """Both ways of writing a socket are the same."""
    assert without_scheme(endpoint) == "/run/a.sock"


def containerd(machine: Machine, pid: int, endpoint: str, hosts: str, *, by_flag: bool = False) -> None:
    """A containerd with its socket and a configuration beside where it was started."""
    flags = ("--address", endpoint) if by_flag else ()
    directory = machine.run(pid, "containerd", "--config=c.toml", *flags)
    address = "" if by_flag else f'[grpc]\n  address = "{endpoint}"\n'
    text = f"version = 3\n{address}[plugins.x.registry]\n  config_path = '{hosts}'\n"
    (directory / "c.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("by_flag", [False, True])
def test_hosts_of_the_right_containerd(by_flag: bool, machine: Machine) -> None:
    """Of several, the one that listens there counts, and of its folders the first that is there."""
    mine, others = machine.folder / "mine", machine.folder / "others"
    mine.mkdir()
    others.mkdir()
    endpoint = machine.listen("containerd.sock")
    containerd(machine, 7, machine.listen("other.sock"), str(others), by_flag=by_flag)
    containerd(machine, 8, endpoint, f"{machine.folder}/nowhere:{mine}:{others}", by_flag=by_flag)

    assert find_hosts_dir(endpoint, machine.proc) == str(mine)


def test_configurations_that_are_not_read(machine: Machine) -> None:
    """What is there and refused, as a FIFO is, is not taken to say nothing; who gives the option needs no answer."""
    directory = machine.run(7, "kubelet", f"--root-dir={machine.folder}", "--config=k.yaml")
    os.mkfifo(directory / "k.yaml")
    with pytest.raises(
        InvalidInput, match=r"^endpoint: is not given, .*process 7\) has is not known: .*k\.yaml is a FIFO"
    ):
        kubelet_endpoints(machine.proc)

    endpoint = machine.listen("containerd.sock")
    containerd(machine, 8, endpoint, str(machine.folder), by_flag=True)
    config = machine.folder / "cwd-8" / "c.toml"
    config.unlink()
    os.mkfifo(config)
    with pytest.raises(InvalidInput, match=r"^hosts_dir: is not given, .*process 8\) .*c\.toml is a FIFO"):
        find_hosts_dir(endpoint, machine.proc)
    assert find_hosts_dir(machine.listen("other.sock"), machine.proc) != str(machine.folder)


def test_hosts_of_a_stranger(machine: Machine) -> None:
    """A program of another name is not believed, or credentials would go where its user likes."""
    endpoint = machine.listen("containerd.sock")
    containerd(machine, 7, endpoint, str(machine.folder))
    assert find_hosts_dir(endpoint, machine.proc) == str(machine.folder)

    exe = machine.proc / "7" / "exe"
    exe.resolve().rename(machine.folder / "su")
    exe.unlink()
    exe.symlink_to(machine.folder / "su")

    assert find_hosts_dir(endpoint, machine.proc) != str(machine.folder)
