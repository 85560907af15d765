"""Every example of the documentation that is for a cluster, or for none, in check mode on a real API server."""

from __future__ import annotations

import base64
import contextlib
import json
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.cluster.cluster import Cluster
from tests.e2e.examples import examples
from tests.e2e.pull_objects import config, make_secret
from tests.e2e.terminal import Terminal

NAMESPACES: t.Final = {
    **dict.fromkeys(("awesomeapps", "build", "shop-dev", "shop-prod", "team-a"), "company"),
    "shop": "",
}
"""Names, and the label registry that some examples select by."""
PASSWORDS: t.Final = (
    *(f"{name}_password" for name in ("registry", "shop", "blog", "quay")),
    *(f"{name}_token" for name in ("hub", "quay", "quay_private", "github", "lab_hub")),
)
AUTH: t.Final = {"auth": base64.b64encode(b"robot:made-up").decode()}
CONFIG: t.Final = {"auths": {"quay.io": AUTH, "https://index.docker.io/v1/": AUTH}}
VARIABLES: t.Final = {
    **dict.fromkeys((*PASSWORDS, "username", "password"), "made-up"),
    "images": ["quay.io/example/app:1.4"],
    "registries": [{"registry": "quay.io", "username": "robot", "password": "made-up"}],
    "vaulted_docker_config": CONFIG,
}
ON_NODES: t.Final = (
    "credential_provider_config",
    "docker_config",
    "node_image",
    "node_info",
    "node_registry_auth",
    "previous_file",
)
"""Modules and roles whose examples need a node that can be reached, or files of one."""
FAILED: t.Final = "this example failed: "


@pytest.fixture(name="stage")
def _stage(cluster: Cluster) -> t.Iterator[None]:
    """What examples rest on: namespaces, a Node that is Ready, and a ServiceAccount that may pull."""
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"registry": of} if of else {}}}
        for name, of in NAMESPACES.items()
    ]
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "examples", "labels": {"pool": "build"}}}
    with contextlib.ExitStack() as stack:
        for each in (*namespaces, node):
            cluster.client.create(each)
            stack.callback(cluster.client.delete, cluster.client.path(each))
        status = {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"operatingSystem": "linux"}}
        cluster.client.patch("/api/v1/nodes/examples/status", {"status": status})
        for namespace, account, secret in (("team-a", "default", "quay"), ("shop", "web", "regcred")):
            make_secret(cluster.client, namespace, secret, config("quay.io", username="robot", password="made-up"))
            links = {"metadata": {"name": account, "namespace": namespace}, "imagePullSecrets": [{"name": secret}]}
            cluster.client.apply({"apiVersion": "v1", "kind": "ServiceAccount", **links})
        yield


@pytest.fixture(name="terminal")
def _terminal(tmp_path: Path) -> Terminal:
    """A home with what docker login and podman login wrote."""
    for file in (tmp_path / ".docker" / "config.json", tmp_path / ".config" / "containers" / "auth.json"):
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(CONFIG), encoding="utf-8")
    return Terminal(tmp_path)


@pytest.mark.usefixtures("stage")
def test_for_clusters(cluster: Cluster, terminal: Terminal) -> None:
    """None fails, be it tasks or a whole playbook."""
    found = [example for example in examples() if not any(f".{name}" in example.text for name in ON_NODES)]
    tasks = [example for example in found if example.is_of_tasks]
    # Each has a host of its own, since what one registers would count before the variables of another.
    plays: list[t.Any] = [
        {
            "name": example.place,
            "hosts": f"host-{number}",
            "tasks": [
                {
                    "block": json.loads(json.dumps(example.document).replace("/etc/rancher/k3s", str(terminal.folder))),
                    "rescue": [{"ansible.builtin.debug": {"msg": f"{FAILED}{example.place}"}}],
                }
            ],
        }
        for number, example in enumerate(tasks)
    ]
    plays += [play for example in found if example.is_of_plays for play in example.document]
    playbook, inventory = terminal.folder / "examples.yml", terminal.folder / "hosts"
    playbook.write_text(json.dumps(plays), encoding="utf-8")
    inventory.write_text(
        "".join(f"host-{number} ansible_connection=local\n" for number in range(len(tasks))), encoding="utf-8"
    )

    kubeconfig = terminal.folder / "kubeconfig"
    document = yaml.safe_load(cluster.kubeconfig.read_text(encoding="utf-8"))
    document["contexts"].append({**document["contexts"][0], "name": "production"})
    kubeconfig.write_text(json.dumps(document), encoding="utf-8")
    kubeconfig.chmod(0o600)

    ended = terminal.run(
        str(playbook),
        kubeconfig,
        VARIABLES,
        "--check",
        f"--inventory={inventory}",
        ANSIBLE_GATHER_SUBSET="!all",
        HOME=str(terminal.folder),
    )

    assert len(plays) > 30
    assert FAILED not in ended.output, ended.output
    assert ended.status == 0, ended.output
