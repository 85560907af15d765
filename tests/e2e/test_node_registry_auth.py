"""The role node_registry_auth on a real node: Pods pull with what it wrote, and a node that does not come back is put back."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cluster.client import Client
from tests.cluster.cluster import Cluster
from tests.cluster.images import make_image, push_image
from tests.cluster.kubelet import KubeletOptions
from tests.cluster.node import Node, start_node
from tests.cluster.ports import free_ports
from tests.cluster.pytest_plugin import HOST
from tests.cluster.registry import Registry, start_registry
from tests.e2e.node_playbooks import NodePlay, NodePlaybooks
from tests.e2e.pulling_pods import PullingPod, make_pod, wait_until_settled
from tests.e2e.secret_forms import forms_of, found_in

PLAYBOOK: t.Final = "regcred.kubernetes.node_registry_auth"
USER: t.Final = "robot"
FIRST: t.Final = "first: päss {w}ord"
SECOND: t.Final = "second: päss {w}ord"
GROUP: t.Final = 1
HEALTHZ_PORT: t.Final = next(free_ports())


@pytest.fixture(name="registry", scope="module")
def _registry() -> t.Iterator[Registry]:
    """A registry of our own, whose password changes."""
    with start_registry({USER: FIRST}) as registry:
        yield registry


@pytest.fixture(name="node", scope="module")
def _node(request: pytest.FixtureRequest, cluster: Cluster, registry: Registry) -> t.Iterator[Node]:
    """A node of our own, whose kubelet gives a sign of life each second."""
    request.getfixturevalue("possible_node")
    settings = {"nodeLeaseDurationSeconds": 4, "healthzBindAddress": "127.0.0.1", "healthzPort": HEALTHZ_PORT}
    with start_node(cluster, {HOST: registry}, name="node-auth", options=KubeletOptions(settings)) as node:
        yield node


@pytest.fixture(name="playbooks")
def _playbooks(cluster: Cluster, node: Node, tmp_path: Path) -> NodePlaybooks:
    """Playbooks on that node."""
    return NodePlaybooks(cluster, node, tmp_path)


@dataclass(frozen=True)
class Pods:
    """Pods on one node, without any Secret, each with an image that no other Pod has."""

    client: Client
    node: Node
    registry: Registry
    namespace: str

    def create(self, name: str) -> None:
        """Make one."""
        push_image(self.registry, f"team/{name}", "v1", make_image(name))
        pod = PullingPod([f"{HOST}/team/{name}:v1"], node=self.node.name)
        make_pod(self.client, self.namespace, name, pod)

    def wait(self, name: str, *, runs: bool) -> None:
        """Until it runs, or waits for its image."""
        wait_until_settled(self.client, self.namespace, {name: runs})


@pytest.fixture(name="pods")
def _pods(cluster: Cluster, node: Node, registry: Registry, namespace: str) -> Pods:
    return Pods(cluster.client, node, registry, namespace)


@contextlib.contextmanager
def file_on(node: Node, path: str, content: str) -> t.Iterator[None]:
    """A file that only the node sees, for the time of a ``with``."""
    subprocess.run([*node.inside, "tee", path], check=True, input=content, stdout=subprocess.DEVNULL, text=True)
    yield
    subprocess.run([*node.inside, "rm", path], check=True)


def config_of(node: Node) -> Path:
    """The kubelet's file, which is there."""
    config = node.root_directory / "config.json"
    if not config.exists():
        config.write_text('{"auths": {}}', encoding="utf-8")
    return config


def copies(node: Node) -> list[Path]:
    """What is beside the kubelet's file under a name that is made of its."""
    return [path for path in node.root_directory.iterdir() if "config.json" in path.name and path.name != "config.json"]


def registries(password: str, registry: str = HOST) -> dict[str, t.Any]:
    """Variables that declare one registry."""
    return {"node_registry_auth_registries": [{"registry": registry, "username": USER, "password": password}]}


def assert_no_leak(play: NodePlay, *passwords: str) -> None:
    """No form of a password is in any output or on a command line."""
    for password in passwords:
        assert not found_in(play.seen, forms_of(password))


def test_config_json(playbooks: NodePlaybooks, node: Node, registry: Registry, pods: Pods) -> None:
    """
    A Pod that cannot pull runs once the role has written config.json, and after a rotation of the password others do.

    The kubelet is restarted because it may; without that it takes up to five minutes.
    """
    config = node.root_directory / "config.json"
    pods.create("before")
    pods.wait("before", runs=False)
    variables = {**registries(FIRST), "node_registry_auth_restart": "changed"}

    foretold = playbooks.run(PLAYBOOK, variables, "--check")
    assert (foretold.status, foretold.count("changed") > 0, config.exists()) == (0, True, False)
    first = playbooks.run(PLAYBOOK, variables)
    assert (first.status, first.count("changed")) == (0, foretold.count("changed")), first.output
    assert config.stat().st_mode & 0o777 == 0o600
    pods.wait("before", runs=True)
    again = playbooks.run(PLAYBOOK, variables)
    assert (again.status, again.count("changed")) == (0, 0), again.output
    foreseen = playbooks.run(PLAYBOOK, variables, "--check")
    assert (foreseen.status, foreseen.count("changed")) == (0, 0), foreseen.output

    registry.change_password(USER, SECOND)
    healthz = {
        "node_registry_auth_health_check": "healthz",
        "node_registry_auth_healthz_url": f"http://127.0.0.1:{HEALTHZ_PORT}/healthz",
    }
    rotated = playbooks.run(PLAYBOOK, {**variables, **registries(SECOND), **healthz})
    assert rotated.status == 0, rotated.output
    pods.create("rotated")
    pods.wait("rotated", runs=True)
    for play in (foretold, first, again, foreseen, rotated):
        assert_no_leak(play, FIRST, SECOND)
    assert copies(node) == [], rotated.output


@pytest.mark.parametrize("password", [SECOND, "config"])
def test_a_node_that_does_not_come_back(playbooks: NodePlaybooks, node: Node, password: str) -> None:
    """The file is as it was, and whose it was; the kubelet runs as before, and the play has failed and says so."""
    config = config_of(node)
    before = config.read_bytes()
    config.chmod(0o640)
    os.chown(config, -1, GROUP)
    refusing = f"grep -q broken.example.test {config} && KUBELET_EXTRA_ARGS=--no-such-flag\n"
    variables = {
        **registries(password, "broken.example.test"),
        "node_registry_auth_restart": "changed",
        "node_registry_auth_health_timeout": 60,  # all of it is waited for once; a good kubelet needs a part of it on a busy machine
    }
    with file_on(node, "/etc/default/kubelet", refusing):
        play = playbooks.run(PLAYBOOK, variables)

    assert play.status == 2
    assert (
        f"{node.name}: the kubelet did not come back after {config} was changed, so the change was taken back"
        in play.output
    )
    assert config.read_bytes() == before
    assert (config.stat().st_mode & 0o777, config.stat().st_gid) == (0o640, GROUP)
    assert copies(node) == []
    node.check()
    assert_no_leak(play, FIRST, SECOND)


def test_a_node_that_is_not_well(playbooks: NodePlaybooks, node: Node) -> None:
    """Nothing is changed on a node that is not Ready to begin with, and no copy of what is there is made."""
    config = config_of(node)
    before = config.read_bytes()
    variables = {
        **registries(FIRST, "other.example.test"),
        "node_registry_auth_restart": "changed",
        "node_registry_auth_health_timeout": 1,
        "node_registry_auth_node_name": "no-such-node",
    }

    play = playbooks.run(PLAYBOOK, variables)

    assert play.status == 2
    assert (config.read_bytes(), copies(node)) == (before, [])
    assert "See that the node is well before anything is changed" in play.output


def test_a_run_that_ended_before_its_restart(playbooks: NodePlaybooks, node: Node) -> None:
    """The next run restarts, once, though it changes no file, and takes away the copy of old credentials that was left."""
    left = node.root_directory / ".config.json.regcred-previous-1"
    left.write_text("old")
    variables = registries(FIRST, "interrupted.example.test")
    written = playbooks.run(PLAYBOOK, {**variables, "node_registry_auth_restart": "never"})
    variables["node_registry_auth_restart"] = "changed"

    runs = [playbooks.run(PLAYBOOK, variables) for _unused in range(2)]

    assert [(run.status, run.count("changed")) for run in (written, *runs)] == [(0, 1), (0, 1), (0, 0)], runs[0].output
    assert "Restart the service that the kubelet is" in runs[0].output
    assert copies(node) == []


def held(variables: t.Mapping[str, t.Any]) -> tuple[list[str], list[str]]:
    """The images that the kubelet asks the provider for, and the registries that the provider has credentials for."""
    entry = yaml.safe_load(Path(variables["node_registry_auth_path"]).read_text(encoding="utf-8"))["providers"][0]
    credentials = json.loads(Path(variables["node_registry_auth_provider_config_path"]).read_text(encoding="utf-8"))
    return entry["matchImages"], list(credentials["auths"])


def test_credential_provider(playbooks: NodePlaybooks, node: Node, registry: Registry, pods: Pods) -> None:
    """
    The kubelet is restarted once, and asks the provider from then on: a new password counts with the next pull.

    Its config.json has no credential for this registry, so that only the provider can have helped.
    """
    password = registry.users[USER]
    folder = node.directory / "providers"
    config = folder / "config.yaml"
    flags = f"--image-credential-provider-config={config} --image-credential-provider-bin-dir={folder}"
    folder.mkdir()
    variables = {
        "node_registry_auth_method": "credential_provider",
        "node_registry_auth_path": str(config),
        "node_registry_auth_provider_bin_dir": str(folder),
        "node_registry_auth_provider_config_path": str(node.directory / "regcred" / "credentials.json"),
    }
    (node.root_directory / "config.json").unlink(missing_ok=True)
    with file_on(node, "/etc/default/kubelet", f"KUBELET_EXTRA_ARGS='{flags}'\n"):
        first = playbooks.run(PLAYBOOK, {**variables, **registries(password)})
        assert first.status == 0, first.output
        pods.create("provided")
        pods.wait("provided", runs=True)

        registry.change_password(USER, "third: päss {w}ord")
        rotated = playbooks.run(PLAYBOOK, {**variables, **registries("third: päss {w}ord")})
        assert (rotated.status, rotated.count("changed")) == (0, 1), rotated.output
        pods.create("provided-rotated")
        pods.wait("provided-rotated", runs=True)

        other = playbooks.run(PLAYBOOK, {**variables, **registries(FIRST, "other.example.test")})
        assert other.status == 0, other.output
        assert held(variables) == ([HOST, "other.example.test"], [HOST, "other.example.test"])
        pods.create("provided-beside-another")
        pods.wait("provided-beside-another", runs=True)
        gone = playbooks.run(
            PLAYBOOK,
            {**variables, **registries(FIRST, "other.example.test"), "node_registry_auth_state": "absent"},
        )
        assert gone.status == 0, gone.output
        assert held(variables) == ([HOST], [HOST])
        pods.create("provided-still")
        pods.wait("provided-still", runs=True)
        last = playbooks.run(PLAYBOOK, {**variables, **registries(FIRST), "node_registry_auth_state": "absent"})
        assert last.status == 2, last.output
        assert held(variables) == ([HOST], [HOST])
    node.restart_kubelet()
    for play in (first, rotated, other, gone, last):
        assert_no_leak(play, password, "third: päss {w}ord")


def test_one_definition_for_both_sides(playbooks: NodePlaybooks, cluster: Cluster, node: Node, namespace: str) -> None:
    """The same variable makes the Secret in a namespace, on its ServiceAccount, and the file on the node."""
    variables = {
        "regcred_registries": registries(FIRST)["node_registry_auth_registries"],
        "regcred_namespaces": [namespace],
        "regcred_hosts": node.name,
    }

    first = playbooks.run("regcred.kubernetes.registry_everywhere", variables)
    again = playbooks.run("regcred.kubernetes.registry_everywhere", variables, "--check")

    assert (first.status, again.status, again.count("changed")) == (0, 0, 0), first.output
    secret = cluster.client.get(f"/api/v1/namespaces/{namespace}/secrets/regcred")
    in_secret = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
    on_node = json.loads((node.root_directory / "config.json").read_text(encoding="utf-8"))
    assert in_secret["auths"][HOST]["auth"] == on_node["auths"][HOST]["auth"]
    account = cluster.client.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default")
    assert account["imagePullSecrets"] == [{"name": "regcred"}]
    assert_no_leak(first, FIRST)
