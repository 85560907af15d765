"""What the kubelet's own files let Pods pull: written by docker_config, foreseen by image_pull_info, done by a real kubelet."""

from __future__ import annotations

import json
import os
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.images import make_image, push_image
from tests.cluster.node import Node
from tests.cluster.registry import Registry, start_registry
from tests.e2e.module_runs import Modules
from tests.e2e.pulling_pods import PullingPod, make_pod, verdicts, wait_until_settled

HOST: t.Final = "node.example.test"
WITH_PATHS: t.Final = "paths.example.test"
IN_EUROPE: t.Final = "eu.hosts.example.test"
GLOB: t.Final = "*.hosts.example.test"
# The kubelet reads its files anew when what it knows is this old.
CACHE_SECONDS: t.Final = 300
SLOW: t.Final = "REGCRED_SLOW"


@dataclass(frozen=True)
class NodeFiles:
    """The places where a kubelet looks for credentials, and their writer."""

    node: Node
    modules: Modules
    password: str

    @property
    def config_json(self) -> Path:
        """The first place."""
        return self.node.root_directory / "config.json"

    @property
    def dockercfg(self) -> Path:
        """The place for the old format, looked at when there is no config.json anywhere."""
        return self.node.root_directory / ".dockercfg"

    def write(self, *registries: str, password: str = "", **options: str) -> None:
        """Have the module write a credential for these registries."""
        login = {"username": "robot", "password": password or self.password}
        entries = [{"registry": registry, **login} for registry in registries]
        done = self.modules.run_module(
            "docker_config", {"path": str(self.config_json), "registries": entries, **options}
        )
        assert done.changed, done


@pytest.fixture(name="private", scope="module")
def _private(node: Node) -> t.Iterator[Registry]:
    """A registry with three names."""
    with start_registry({"robot": "made-up-for-nodes"}) as registry:
        for name in (HOST, WITH_PATHS, IN_EUROPE):
            node.add_registry(name, registry)
        yield registry


@pytest.fixture(name="files")
def _files(node: Node, private: Registry, node_modules: Modules) -> t.Iterator[NodeFiles]:
    """A node without files, before and after."""
    files = NodeFiles(node, node_modules, private.users["robot"])
    yield files
    for file in (files.config_json, files.dockercfg):
        file.unlink(missing_ok=True)
    node.restart_kubelet()


def foreseen(modules: Modules, namespace: str, document: str | None = None) -> dict[str, list[str]]:
    """The verdicts of image_pull_info on the Pods of a namespace, for nodes with this file."""
    known = {} if document is None else {"node_config_json": document}
    return verdicts(modules.run_module("image_pull_info", {"namespaces": [namespace], **known}).result)


def test_keys_of_the_nodes_file(
    cluster: Cluster, admin: Modules, private: Registry, files: NodeFiles, namespace: str
) -> None:
    """Pods without a credential fail; with the node's file the same Pods run whose images a host, path or glob of it names."""
    images = {
        "host": f"{HOST}/team/host",
        "glob": f"{IN_EUROPE}/team/glob",
        "path": f"{WITH_PATHS}/team/in/path",
        "begins-alike": f"{WITH_PATHS}/team/inside",
    }
    other = f"{WITH_PATHS}/team/other"
    for name, image in {**images, "other": other}.items():
        push_image(private, image.partition("/")[2], "v1", make_image(name))
    for name, image in images.items():
        make_pod(cluster.client, namespace, name, PullingPod([f"{image}:v1"]))
    assert foreseen(admin, namespace) == {name: ["anonymous"] for name in images}
    before = wait_until_settled(cluster.client, namespace, dict.fromkeys(images, False))
    assert [state for state in before.values() if "no basic auth credentials" not in state] == []

    files.write(HOST, f"{WITH_PATHS}/team/in", GLOB)
    files.node.restart_kubelet()
    # A new one: of a Pod that fails again, a kubelet tells that only when it looks at it the next time.
    make_pod(cluster.client, namespace, "other", PullingPod([f"{other}:v1"]))

    assert foreseen(admin, namespace, files.config_json.read_text(encoding="utf-8")) == {
        **{name: ["credentials"] for name in images},
        "other": ["anonymous"],
    }
    wait_until_settled(cluster.client, namespace, {**dict.fromkeys(images, True), "other": False})


def test_rotation_on_the_node(
    cluster: Cluster, admin: Modules, private: Registry, files: NodeFiles, namespace: str
) -> None:
    """Once the registry has a new password, a Pod fails with the old one of the node, and runs once the node has the new one."""
    push_image(private, "team/rotated", "v1", make_image("rotated"))
    files.write(HOST)
    files.node.restart_kubelet()
    private.change_password("robot", "rotated-for-nodes")
    try:
        make_pod(cluster.client, namespace, "rotated", PullingPod([f"{HOST}/team/rotated:v1"]))
        before = wait_until_settled(cluster.client, namespace, {"rotated": False})
        result = admin.run_module(
            "image_pull_info",
            {"namespaces": [namespace], "node_config_json": files.config_json.read_text(encoding="utf-8")},
        ).result

        files.write(HOST, password="rotated-for-nodes")
        files.node.restart_kubelet()

        wait_until_settled(cluster.client, namespace, {"rotated": True})
    finally:
        private.change_password("robot", files.password)
    assert before["rotated"].endswith("401 Unauthorized")
    (finding,) = (each for each in result["findings"] if each["code"] == "pull_failing")
    assert finding["cure"].endswith(f"'{HOST}' as robot (the node's file)")


def test_old_format(cluster: Cluster, admin: Modules, private: Registry, files: NodeFiles, namespace: str) -> None:
    """A .dockercfg counts as long as there is no config.json, even one that says nothing, which image_pull_info is given."""
    for name in ("read", "hidden"):
        push_image(private, f"team/old-format-{name}", "v1", make_image(name))
    files.write(HOST, path=str(files.dockercfg), format="dockercfg")
    document = json.dumps({"auths": json.loads(files.dockercfg.read_text(encoding="utf-8"))})

    files.node.restart_kubelet()
    make_pod(cluster.client, namespace, "read", PullingPod([f"{HOST}/team/old-format-read:v1"]))
    assert foreseen(admin, namespace, document) == {"read": ["credentials"]}
    wait_until_settled(cluster.client, namespace, {"read": True})

    files.config_json.write_text("{}", encoding="utf-8")
    files.node.restart_kubelet()
    make_pod(cluster.client, namespace, "hidden", PullingPod([f"{HOST}/team/old-format-hidden:v1"]))
    assert foreseen(admin, namespace, "{}")["hidden"] == ["anonymous"]
    wait_until_settled(cluster.client, namespace, {"hidden": False})


@pytest.mark.skipif(
    SLOW not in os.environ, reason=f"it takes the kubelet's five minutes: make test-matrix, or {SLOW}=1"
)
def test_no_restart(cluster: Cluster, private: Registry, files: NodeFiles, namespace: str) -> None:
    """Without a restart, a Pod runs within the cache time, not sooner, and one that failed before runs with its next try."""
    for name in ("failing", "sooner", "later"):
        push_image(private, f"team/no-restart-{name}", "v1", make_image(name))
    # What it knows becomes as old as this Pod: it reads when it needs to.
    files.node.restart_kubelet()
    began = time.monotonic()
    make_pod(cluster.client, namespace, "failing", PullingPod([f"{HOST}/team/no-restart-failing:v1"]))
    wait_until_settled(cluster.client, namespace, {"failing": False})
    read = time.monotonic()

    files.write(HOST)
    make_pod(cluster.client, namespace, "sooner", PullingPod([f"{HOST}/team/no-restart-sooner:v1"]))
    wait_until_settled(cluster.client, namespace, {"sooner": False})
    while time.monotonic() < read + CACHE_SECONDS:
        time.sleep(1)
    make_pod(cluster.client, namespace, "later", PullingPod([f"{HOST}/team/no-restart-later:v1"]))

    wait_until_settled(cluster.client, namespace, {"later": True})
    wait_until_settled(cluster.client, namespace, {"failing": True})
    assert time.monotonic() - began > CACHE_SECONDS
