"""Real nodes: Pods pull with the credential that they have and with no other, and nothing of a node stays."""

from __future__ import annotations

import base64
import contextlib
import json
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import typing as t
import urllib.request
from pathlib import Path

import pytest

from tests.cluster import namespaces as namespaces_module
from tests.cluster import node as node_module
from tests.cluster.capabilities import NEEDED
from tests.cluster.cgroups import Hierarchy, hierarchies, make_cgroups
from tests.cluster.cluster import Cluster, start_cluster
from tests.cluster.deadlines import HANGS_AFTER_SECONDS, wait_for
from tests.cluster.errors import ClusterError, ComponentEnded
from tests.cluster.images import make_image, push_image
from tests.cluster.kubelet import KubeletOptions
from tests.cluster.namespaces import COPIED, HIDDEN, KERNEL_SETTINGS, OWN_FILES
from tests.cluster.node import Node, start_node, why_no_node
from tests.cluster.pki import KeyPair, issue_client
from tests.cluster.ports import LOOPBACK, free_ports
from tests.cluster.pytest_plugin import HOST, USERS
from tests.cluster.registry import Registry, start_registry
from tests.cluster.watcher import REPOSITORY, is_running

if t.TYPE_CHECKING:
    from tests.cluster.client import Document

SEEN_ON_THE_NODE: t.Final = """
import glob, json, pathlib
file = pathlib.Path("/etc/regcred-of-the-node")
file.write_text("on the node")
programs = [pathlib.Path(path).read_text().strip() for path in glob.glob("/proc/[0-9]*/comm")]
manager = pathlib.Path("/proc/1/comm").read_text().strip()
print(json.dumps({"manager": manager, "programs": programs, "wrote": file.exists()}))
"""
# A parent that starts a node with a Pod in it, says where, and waits.
PARENT: t.Final = """
import json, sys, time
from tests.cluster.cluster import start_cluster
from tests.cluster.node import start_node
from tests.cluster.test_node import files_of_the_node, make_pod, wait_for_state
with start_cluster() as cluster, start_node(cluster, {}) as node:
    make_pod(cluster, "default", "pod", "images.example.test/pause:1")
    wait_for_state(cluster, "default", "pod", "running")
    print(node.directory, json.dumps(list(files_of_the_node(node))), sep="\\n", flush=True)
    time.sleep(600)
"""


@pytest.fixture(name="image", scope="module")
def _image(registry: Registry) -> str:
    """The repository of an image in the registry that the node knows."""
    push_image(registry, "team/node", "v1", make_image("node"))
    return "team/node"


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


def make_pod(
    cluster: Cluster, namespace: str, name: str, image: str, secrets: t.Sequence[str] = (), **container: str
) -> None:
    """A Pod with one container and these imagePullSecrets."""
    references = [{"name": secret} for secret in secrets]
    cluster.client.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"containers": [{"name": "main", "image": image, **container}], "imagePullSecrets": references},
        }
    )


def wait_for_state(cluster: Cluster, namespace: str, pod: str, wanted: str) -> Document:
    """The container's state, as soon as it is ``running`` or waits for the reason ``wanted``; a deadline is for what hangs."""
    deadline = time.monotonic() + HANGS_AFTER_SECONDS
    while True:
        status = cluster.client.get(f"/api/v1/namespaces/{namespace}/pods/{pod}")["status"]
        for container in status.get("containerStatuses", []):
            state: Document = container["state"]
            if wanted in state or state.get("waiting", {}).get("reason") == wanted:
                return state
        assert time.monotonic() < deadline, f"{pod} is not {wanted}: {status}"
        time.sleep(0.05)


def kubelet_configuration(node: Node, cluster: Cluster) -> Document:
    """The configuration that the kubelet itself says it has."""
    authority = KeyPair.read(cluster.directory / "pki", "ca")
    issue_client(authority, "test").write(node.directory / "pki", "test")
    context = ssl.create_default_context(cadata=authority.public.decode())
    context.load_cert_chain(node.directory / "pki" / "test.crt", node.directory / "pki" / "test.key")
    with urllib.request.urlopen(
        f"https://{LOOPBACK}:{node.port}/configz", context=context, timeout=HANGS_AFTER_SECONDS
    ) as answer:
        found: Document = json.load(answer)["kubeletconfig"]
    return found


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


def cgroups_of(name: str) -> list[str]:
    """The cgroups of a node."""
    return [str(each.folder / name) for each in hierarchies() if (each.folder / name).exists()]


def left_of(directory: Path) -> list[str]:
    """What there is of a node: processes, cgroups, mounts, its directory."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [
        *processes_of(directory),
        *cgroups_of(directory.name),
        *(mount for mount in mounts if str(directory) in mount),
        *([str(directory)] if directory.exists() else []),
    ]


def kernel_settings() -> dict[str, str]:
    """The settings of the kernel that a node might change."""
    return {setting: Path("/proc/sys", setting).read_text(encoding="utf-8") for setting in KERNEL_SETTINGS}


def found(folders: t.Iterable[str], inside: t.Sequence[str] = ()) -> set[str]:
    """The paths of what is in these folders and in folders of theirs, on the machine or inside a node."""
    # What goes away meanwhile is none of a node's, and no error here.
    command = [*inside, "find", *folders, "-mindepth", "1", "-maxdepth", "2"]
    return set(subprocess.run(command, check=False, capture_output=True, text=True).stdout.splitlines())


def files_of_the_machine() -> set[str]:
    """What is in the folders that a node's programs would write to if they saw the machine's."""
    return found([*HIDDEN, COPIED])


def files_of_the_node(node: Node) -> set[str]:
    """What a node's programs have made there, by the path that it would have on the machine; others may write there meanwhile."""
    upper = f"{OWN_FILES}/upper"
    made = found([*HIDDEN, upper], node.inside)
    assert any("containerd" in path for path in made)
    return {path.replace(upper, COPIED, 1) for path in made}


@pytest.mark.parametrize("registry_name", [f"{HOST}/", "docker.io/", ""])
def test_right_credential(registry_name: str, image: str, node: Node, cluster: Cluster, namespace: str) -> None:
    """A Pod with the right pull secret runs, under whatever name the registry is known."""
    key = HOST if registry_name == f"{HOST}/" else "https://index.docker.io/v1/"
    make_secret(cluster, namespace, "pull", key, USERS["robot"])
    make_pod(cluster, namespace, "app", f"{registry_name}{image}:v1", ["pull"])

    wait_for_state(cluster, namespace, "app", "running")
    node.check()


def test_address_of_the_registry(node: Node, image: str, registry: Registry, cluster: Cluster, namespace: str) -> None:
    """The registry's own address is a name of it."""
    make_secret(cluster, namespace, "pull", registry.address, USERS["robot"])
    make_pod(cluster, namespace, "app", f"{registry.address}/{image}:v1", ["pull"])

    wait_for_state(cluster, namespace, "app", "running")
    node.check()


def test_wrong_credential(node: Node, image: str, cluster: Cluster, namespace: str) -> None:
    """A wrong password is refused by the registry, and it is our registry that refuses."""
    make_secret(cluster, namespace, "pull", HOST, "wrong")
    make_pod(cluster, namespace, "app", f"{HOST}/{image}:v1", ["pull"], imagePullPolicy="Always")

    state = wait_for_state(cluster, namespace, "app", "ErrImagePull")

    assert "401 Unauthorized" in state["waiting"]["message"]
    node.check()


def test_bearer_tokens(node: Node, cluster: Cluster, namespace: str) -> None:
    """A registry that wants tokens gives the image to who has the password, and to nobody else; each hears why."""
    with start_registry({"robot": "good"}, auth="bearer") as registry:
        node.add_registry("tokens.example.test", registry)
        push_image(registry, "team/bearer", "v1", make_image("bearer"))
        make_secret(cluster, namespace, "right", "tokens.example.test", "good")
        make_secret(cluster, namespace, "wrong", "tokens.example.test", "bad")
        for name, secrets in {"wrong": ["wrong"], "none": [], "right": ["right"]}.items():
            make_pod(cluster, namespace, name, "tokens.example.test/team/bearer:v1", secrets, imagePullPolicy="Always")

        wrong = wait_for_state(cluster, namespace, "wrong", "ErrImagePull")["waiting"]["message"]
        none = wait_for_state(cluster, namespace, "none", "ErrImagePull")["waiting"]["message"]
        wait_for_state(cluster, namespace, "right", "running")

    assert "failed to fetch oauth token" in wrong
    assert wrong.endswith("401 Unauthorized")
    assert none.endswith("server message: insufficient_scope: authorization failed")


def test_changed_kubelet(node: Node, cluster: Cluster, namespace: str) -> None:
    """The kubelet takes other settings and flags with a restart, and gives them up again; Pods run on meanwhile."""
    make_pod(cluster, namespace, "before", "images.example.test/pause:1")
    wait_for_state(cluster, namespace, "before", "running")

    with node.kubelet_with(KubeletOptions(settings={"podPidsLimit": 4711})):
        assert kubelet_configuration(node, cluster)["podPidsLimit"] == 4711

    assert kubelet_configuration(node, cluster)["podPidsLimit"] == -1
    pod = cluster.client.get(f"/api/v1/namespaces/{namespace}/pods/before")
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0
    node.check()


def test_kubelet_that_refuses(node: Node, tmp_path: Path) -> None:
    """A kubelet that refuses what it is given ends, which is reported with the end of its log; it comes back with what is right."""
    (tmp_path / "providers.json").write_text("{}", encoding="utf-8")
    options = KubeletOptions(provider_config=tmp_path / "providers.json", provider_programs=tmp_path)
    with (
        pytest.raises(
            ComponentEnded,
            match=r"(?s)^kubelet does not run; the end of its log:\n.*Failed to register CRI auth plugins",
        ),
        node.kubelet_with(options),
    ):
        pass

    node.check()


def test_programs_on_the_node(node: Node) -> None:
    """
    The interpreter for Ansible sees the node's processes alone, and what it writes to the machine's folders stays on the node.

    The kubelet is a service there that anybody can end and start; an ended one is reported.
    """
    program = [node.ansible_variables["ansible_python_interpreter"], "-c", SEEN_ON_THE_NODE]
    seen = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)

    assert seen["manager"] == "sysvinit"
    assert {"containerd", "kubelet"} <= set(seen["programs"])
    assert "kube-scheduler" not in seen["programs"]
    assert seen["wrote"]
    assert not Path("/etc/regcred-of-the-node").exists()

    service = [*node.inside, "/etc/init.d/kubelet"]
    statuses = [subprocess.run([*service, word], check=False).returncode for word in ("status", "stop", "status")]
    with pytest.raises(ComponentEnded, match="kubelet does not run"):
        node.check()
    subprocess.run([*service, "start"], check=True)
    node.wait_for_kubelet()
    node.check()
    assert statuses == [0, 0, 3]


def test_crictl(node: Node) -> None:
    """Crictl sees what the kubelet sees."""
    done = subprocess.run([*node.crictl_command, "images"], check=True, capture_output=True, text=True)

    assert "images.example.test/pause" in done.stdout


@pytest.mark.usefixtures("possible_node")
def test_gone(cluster: Cluster, namespace: str) -> None:
    """After it, nothing is left: no process, container, mount, cgroup, file or object, and the machine is as it was."""
    settings, before = kernel_settings(), files_of_the_machine()
    with start_node(cluster, {}, name="short-lived") as node:
        make_pod(cluster, namespace, "app", "images.example.test/pause:1")
        cluster.client.get("/api/v1/nodes/short-lived")
        wait_for_state(cluster, namespace, "app", "running")
        assert processes_of(node.directory).count("/pause ") == 2
        identities = [component.identity for component in node.components]
        made = files_of_the_node(node)

    assert left_of(node.directory) == []
    assert [identity for identity in identities if is_running(identity)] == []
    assert kernel_settings() == settings
    assert made & (files_of_the_machine() - before) == set()
    assert not cluster.client.exists("/api/v1/nodes/short-lived")
    assert not cluster.client.exists(f"/api/v1/namespaces/{namespace}/pods/app")


@pytest.mark.usefixtures("possible_node")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_parent_ends(number: signal.Signals) -> None:
    """A parent that is killed or interrupted leaves nothing either."""
    settings, before = kernel_settings(), files_of_the_machine()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        directory = Path(parent.stdout.readline().strip())
        made = set(json.loads(parent.stdout.readline()))
        assert directory.is_dir()
        assert processes_of(directory).count("/pause ") == 2

        parent.send_signal(number)

    wait_for(lambda: not left_of(directory), "something is left")
    assert kernel_settings() == settings
    assert made & (files_of_the_machine() - before) == set()


@pytest.mark.usefixtures("possible_node")
def test_start_that_fails(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A kubelet that ends at the start gives an error with the end of its log, and nothing is left."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(node_module, "kubelet_flags", lambda *_unused: ["--no-such-flag"])
    names: list[str] = []

    def noted(name: str) -> list[str]:
        names.append(name)
        return make_cgroups(name)

    monkeypatch.setattr(node_module, "make_cgroups", noted)

    with (
        pytest.raises(ComponentEnded, match=r"(?s)kubelet does not run.*unknown flag: --no-such-flag"),
        start_node(cluster, {}, name="doomed"),
    ):
        pass

    assert list(tmp_path.iterdir()) == []
    assert len(names) == 1
    assert cgroups_of(names[0]) == []


@pytest.mark.usefixtures("possible_node")
def test_taken_port(cluster: Cluster) -> None:
    """When somebody else listens on the kubelet's port, the next one is taken."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        second = next(free_ports())
        with start_node(cluster, {}, name="second", ports=iter([taken.getsockname()[1], second])) as node:
            assert node.port == second
            node.check()


def test_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not root gets the message that a node needs root."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert why_no_node() == "a node needs root, for mounts and cgroups"


@pytest.mark.parametrize("name", ["CapEff", "CapBnd"])
def test_no_capability(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The capability that root lacks, or cannot hand on, is named; others that no Pod needs may be missing."""
    needed = sum(1 << number for number in NEEDED.values())
    sets = {"CapEff": needed, "CapBnd": needed, name: needed & ~(1 << NEEDED["CAP_MKNOD"])}
    (tmp_path / "status").write_text(
        "\n".join(f"{name}:\t{value:016x}" for name, value in sets.items()), encoding="utf-8"
    )
    monkeypatch.setattr("tests.cluster.capabilities.STATUS", tmp_path / "status")
    monkeypatch.setattr("os.geteuid", lambda: 0)

    assert why_no_node().endswith("a container that is not privileged: CAP_MKNOD")


@pytest.mark.usefixtures("possible_node")
def test_no_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where mounts are refused the reason is mount's message."""
    monkeypatch.setattr(namespaces_module, "HIDDEN", ("/nonexistent",))

    assert why_no_node().startswith("a node needs namespaces and mounts: mount: /nonexistent: ")


@pytest.mark.usefixtures("possible_node")
def test_no_cgroups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no cgroup can be made the reason is the kernel's message."""
    nowhere = Hierarchy(tmp_path / "nonexistent", is_unified=False, options=())
    monkeypatch.setattr("tests.cluster.cgroups.hierarchies", lambda: [nowhere])

    assert why_no_node().startswith("a node needs cgroups: [Errno 2]")


@pytest.mark.usefixtures("possible_node")
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
