"""Real nodes: Pods pull with the credential that they have and with no other, and nothing of a node stays."""

from __future__ import annotations

import base64
import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import pytest

from tests.cluster import node as node_module
from tests.cluster.binaries import NODE, find_programs
from tests.cluster.cgroups import hierarchies, make_cgroups
from tests.cluster.cluster import Cluster, start_cluster
from tests.cluster.errors import ClusterError, ComponentEnded
from tests.cluster.images import make_image, push_image
from tests.cluster.node import HIDDEN, KERNEL_SETTINGS, Node, start_node, why_no_node
from tests.cluster.ports import LOOPBACK, free_ports
from tests.cluster.private_file import write_private
from tests.cluster.registry import Registry, start_registry
from tests.cluster.watcher import REPOSITORY, is_running

if t.TYPE_CHECKING:
    from tests.cluster.client import Document

USERS: t.Final = {"robot": "pä:ss {w}ord"}
NAME: t.Final = "registry.example.test"
# A parent that starts a node with a Pod in it, says where, and waits.
PARENT: t.Final = """
import sys, time
from tests.cluster.cluster import start_cluster
from tests.cluster.node import start_node
from tests.cluster.test_node import make_pod, wait_for_state
with start_cluster() as cluster, start_node(cluster, {}) as node:
    make_pod(cluster, "default", "pod", "images.example.test/pause:1")
    wait_for_state(cluster, "default", "pod", "running")
    print(node.directory, flush=True)
    time.sleep(60)
"""


@pytest.fixture(name="possible", scope="module")
def _possible(request: pytest.FixtureRequest) -> None:
    """Skips with the reason where no node can run; a first build is seen to do something."""
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        reason = why_no_node()
        if not reason:
            find_programs(NODE)
    if reason:
        pytest.skip(reason)


@pytest.fixture(name="registry", scope="module")
def _registry() -> t.Iterator[Registry]:
    """A registry with one user and two images."""
    with start_registry(USERS) as started:
        for repository in ("team/app", "team/base"):
            push_image(started, repository, "v1", make_image(repository))
        yield started


@pytest.fixture(name="node", scope="module")
def _node(request: pytest.FixtureRequest, cluster: Cluster, registry: Registry) -> t.Iterator[Node]:
    """A node that knows the registry by two names."""
    request.getfixturevalue("possible")
    with start_node(cluster, {NAME: registry, "docker.io": registry}) as started:
        yield started


def make_secret(cluster: Cluster, namespace: str, name: str, key: str, password: str) -> None:
    """A pull secret for the user of the registry."""
    entries = {"auths": {key: {"username": "robot", "password": password}}}
    cluster.client.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/dockerconfigjson",
            "metadata": {"name": name, "namespace": namespace},
            "data": {".dockerconfigjson": base64.b64encode(json.dumps(entries).encode()).decode()},
        }
    )


def make_pod(cluster: Cluster, namespace: str, name: str, image: str, secrets: t.Sequence[str] = ()) -> None:
    """A Pod with one container and these imagePullSecrets."""
    references = [{"name": secret} for secret in secrets]
    cluster.client.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"containers": [{"name": "main", "image": image}], "imagePullSecrets": references},
        }
    )


def wait_for_state(cluster: Cluster, namespace: str, pod: str, wanted: str) -> Document:
    """The container's state, as soon as it is ``running`` or waits for the reason ``wanted``; at most a minute."""
    deadline = time.monotonic() + 60
    while True:
        status = cluster.client.get(f"/api/v1/namespaces/{namespace}/pods/{pod}")["status"]
        for container in status.get("containerStatuses", []):
            state: Document = container["state"]
            if wanted in state or state.get("waiting", {}).get("reason") == wanted:
                return state
        assert time.monotonic() < deadline, f"{pod} is not {wanted}: {status}"
        time.sleep(0.05)


def processes_of(directory: Path) -> list[str]:
    """The command lines of all processes, in whatever namespace, that name this directory or are in the cgroup of its name."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            groups = (process / "cgroup").read_text(encoding="utf-8")
            if directory.name in command + groups and "tests.cluster.watcher" not in command:
                found.append(command)
    return found


def left_of(directory: Path) -> list[str]:
    """What there is of a node: processes, cgroups, mounts, its directory."""
    cgroups = [str(folder / directory.name) for folder in hierarchies() if (folder / directory.name).exists()]
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [
        *processes_of(directory),
        *cgroups,
        *(mount for mount in mounts if str(directory) in mount),
        *([str(directory)] if directory.exists() else []),
    ]


def machine_state() -> dict[str, str]:
    """What a node might change of the machine: settings of the kernel, and folders that its programs would make."""
    settings = {setting: Path("/proc/sys", setting).read_text(encoding="utf-8") for setting in KERNEL_SETTINGS}
    folders = {folder: " ".join(sorted(path.name for path in Path(folder).iterdir())) for folder in HIDDEN}
    return {**settings, **folders}


@pytest.mark.parametrize("repository", [f"{NAME}/team/app", "docker.io/team/app", "team/app"])
def test_right_credential(repository: str, node: Node, cluster: Cluster, namespace: str) -> None:
    """A Pod with the right pull secret runs, under whatever name the registry is known."""
    key = NAME if repository.startswith(NAME) else "https://index.docker.io/v1/"
    make_secret(cluster, namespace, "pull", key, USERS["robot"])
    make_pod(cluster, namespace, "app", f"{repository}:v1", ["pull"])

    wait_for_state(cluster, namespace, "app", "running")
    node.check()


def test_address_of_the_registry(node: Node, registry: Registry, cluster: Cluster, namespace: str) -> None:
    """The registry's own address is a name of it."""
    make_secret(cluster, namespace, "pull", registry.address, USERS["robot"])
    make_pod(cluster, namespace, "app", f"{registry.address}/team/app:v1", ["pull"])

    wait_for_state(cluster, namespace, "app", "running")
    node.check()


def test_no_credential(node: Node, cluster: Cluster, namespace: str) -> None:
    """A Pod without a credential does not get the image, although another Pod of the node has it."""
    make_pod(cluster, namespace, "app", f"{NAME}/team/app:v1")

    state = wait_for_state(cluster, namespace, "app", "ErrImagePull")

    assert "authorization failed: no basic auth credentials" in state["waiting"]["message"]
    node.check()


def test_wrong_credential(node: Node, cluster: Cluster, namespace: str) -> None:
    """A wrong password is refused by the registry, and it is our registry that refuses."""
    make_secret(cluster, namespace, "pull", NAME, "wrong")
    make_pod(cluster, namespace, "app", f"{NAME}/team/app:v1", ["pull"])

    state = wait_for_state(cluster, namespace, "app", "ErrImagePull")

    assert "401 Unauthorized" in state["waiting"]["message"]
    node.check()


def test_credential_of_the_node(node: Node, cluster: Cluster, namespace: str) -> None:
    """The kubelet takes the credential in its root directory once it is restarted, and Pods run on meanwhile."""
    make_pod(cluster, namespace, "before", "images.example.test/pause:1")
    wait_for_state(cluster, namespace, "before", "running")
    file = node.root_directory / "config.json"
    basic = base64.b64encode(f"robot:{USERS['robot']}".encode()).decode()
    write_private(file, json.dumps({"auths": {NAME: {"auth": basic}}}).encode())
    try:
        node.restart_kubelet()
        make_pod(cluster, namespace, "base", f"{NAME}/team/base:v1")
        wait_for_state(cluster, namespace, "base", "running")
    finally:
        file.unlink()
        node.restart_kubelet()

    pod = cluster.client.get(f"/api/v1/namespaces/{namespace}/pods/before")
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0
    node.check()


@pytest.mark.usefixtures("possible")
def test_gone(cluster: Cluster, namespace: str) -> None:
    """After it, nothing is left: no process, container, mount, cgroup, file or object, and the machine is as it was."""
    before = machine_state()
    with start_node(cluster, {}, name="short-lived") as node:
        make_pod(cluster, namespace, "app", "images.example.test/pause:1")
        cluster.client.get("/api/v1/nodes/short-lived")
        wait_for_state(cluster, namespace, "app", "running")
        assert processes_of(node.directory).count("/pause ") == 2
        identities = [component.identity for component in node.components]

    assert left_of(node.directory) == []
    assert [identity for identity in identities if is_running(identity)] == []
    assert machine_state() == before
    assert not cluster.client.exists("/api/v1/nodes/short-lived")
    assert not cluster.client.exists(f"/api/v1/namespaces/{namespace}/pods/app")


@pytest.mark.usefixtures("possible")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_parent_ends(number: signal.Signals) -> None:
    """A parent that is killed or interrupted leaves nothing either."""
    before = machine_state()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        directory = Path(parent.stdout.readline().strip())
        assert directory.is_dir()
        assert processes_of(directory).count("/pause ") == 2

        parent.send_signal(number)

    deadline = time.monotonic() + 20
    while left_of(directory) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left_of(directory) == []
    assert machine_state() == before


@pytest.mark.usefixtures("possible")
def test_start_that_fails(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A kubelet that ends at the start gives an error with the end of its log, and nothing is left."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(node_module, "kubelet_flags", lambda *_unused: ["--no-such-flag"])
    names: list[str] = []

    def noted(name: str) -> None:
        names.append(name)
        make_cgroups(name)

    monkeypatch.setattr(node_module, "make_cgroups", noted)

    with (
        pytest.raises(ComponentEnded, match=r"(?s)kubelet ended with code 1 after .* s.*unknown flag: --no-such-flag"),
        start_node(cluster, {}, name="doomed"),
    ):
        pass

    assert list(tmp_path.iterdir()) == []
    assert len(names) == 1
    assert [folder for folder in hierarchies() if (folder / names[0]).exists()] == []


@pytest.mark.usefixtures("possible")
def test_taken_port(cluster: Cluster) -> None:
    """When somebody else listens on the kubelet's port, the next one is taken."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        second = next(free_ports())
        with start_node(cluster, {}, name="second", ports=iter([taken.getsockname()[1], second])) as node:
            assert node.port == second
            node.check()


def test_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not root is told that a node needs root."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert why_no_node() == "a node needs root, for mounts and cgroups"


@pytest.mark.usefixtures("possible")
def test_no_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where mounts are refused the reason is what mount said."""
    monkeypatch.setattr(node_module, "HIDDEN", ("/nonexistent",))

    assert why_no_node().startswith("a node needs namespaces and mounts: mount: /nonexistent: ")


@pytest.mark.usefixtures("possible")
def test_no_cgroups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no cgroup can be made the reason is what the kernel said."""
    monkeypatch.setattr("tests.cluster.cgroups.hierarchies", lambda: [tmp_path / "nonexistent"])

    assert why_no_node().startswith("a node needs cgroups: [Errno 2]")


@pytest.mark.usefixtures("possible")
def test_hidden_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scratch folder that the node would not see is named, with the cure."""
    monkeypatch.setattr(tempfile, "tempdir", "/var/lib")

    assert "set TMPDIR or XDG_CACHE_HOME" in why_no_node()


def test_cluster_of_others(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that was not started here gets no node."""
    monkeypatch.setenv("REGCRED_KUBECONFIG", str(cluster.kubeconfig))

    with (
        start_cluster() as existing,
        pytest.raises(ClusterError, match="only a cluster started here takes a node"),
        start_node(existing, {}),
    ):
        pass
