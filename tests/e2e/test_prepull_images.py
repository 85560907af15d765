"""The role prepull_images by its playbook, on a real node: the same images, once through the cluster and once on the node."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.images import make_image, push_image
from tests.cluster.node import Node
from tests.cluster.pytest_plugin import HOST, USERS
from tests.cluster.registry import Registry
from tests.e2e.node_playbooks import NodePlay, NodePlaybooks
from tests.e2e.pull_objects import config, make_secret
from tests.e2e.secret_forms import forms_of, found_in

PLAYBOOK: t.Final = "regcred.kubernetes.prepull_images"
(USER, PASSWORD), *_others = USERS.items()


def images_of(node: Node) -> list[str]:
    """What containerd has."""
    command = [*node.ctr_command, "images", "list", "-q"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def play(cluster: Cluster, node: Node, folder: Path, through: str, **variables: t.Any) -> NodePlay:
    """Run the playbook twice in one go; the hosts come from the inventory of the cluster's nodes."""
    inventory = folder / "box.cluster_nodes.yml"
    inventory.write_text(
        json.dumps({"plugin": "regcred.kubernetes.cluster_nodes", "field_selector": f"metadata.name={node.name}"}),
        encoding="utf-8",
    )
    playbooks = NodePlaybooks(cluster, node, folder)
    given = {"prepull_images_through": through, "regcred_become": False, **variables}
    return playbooks.run(PLAYBOOK, given, f"--inventory={inventory}", PLAYBOOK)


@pytest.fixture(autouse=True)
def _crictl(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the node, crictl is on PATH."""
    folder = Path(node.crictl_command[0]).parent
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), os.environ["PATH"]]))


@pytest.mark.parametrize("through", ["cluster", "node"])
def test_role(through: str, cluster: Cluster, node: Node, registry: Registry, namespace: str, tmp_path: Path) -> None:
    """A private image is there after one run, the next changes nothing, and nobody sees the password."""
    name = f"prepull-role-{through}"
    push_image(registry, f"team/{name}", "v1", make_image(name))
    make_secret(cluster.client, namespace, "pull", config(HOST, username=USER, password=PASSWORD))
    image = f"{HOST}/team/{name}:v1"

    done = play(
        cluster,
        node,
        tmp_path,
        through,
        prepull_images_images=[image],
        prepull_images_nodes=[node.name],
        prepull_images_namespace=namespace,
        prepull_images_image_pull_secrets=["pull"],
        prepull_images_registries=[{"registry": HOST, "username": USER, "password": PASSWORD}],
    )

    host = "localhost" if through == "cluster" else node.name
    assert (done.status, done.count("changed"), done.count("failed")) == (0, 1, 0), done.output
    assert f"\n{host} " in done.output.rpartition("PLAY RECAP")[2]
    assert image in images_of(node)
    assert not found_in(done.seen, forms_of(PASSWORD))
    assert cluster.client.list(f"/api/v1/namespaces/{namespace}/pods") == []
