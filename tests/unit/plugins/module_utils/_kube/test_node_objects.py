"""Nodes as an API server has them."""

from __future__ import annotations

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster_node import (
    Address,
    ClusterNode,
    NodeSystem,
    Taint,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.node_objects import node_from

ITEM = {
    "metadata": {"name": "one", "labels": {"a": "b"}},
    "spec": {"unschedulable": True, "taints": [{"key": "k", "effect": "NoExecute"}]},
    "status": {
        "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
        "conditions": [{"type": "DiskPressure", "status": "True"}, {"type": "Ready", "status": "True"}],
        "images": [{"names": ["nginx@sha256:1", "nginx:1"], "sizeBytes": 1}, {"sizeBytes": 2}],
        "nodeInfo": {
            "architecture": "amd64",
            "containerRuntimeVersion": "containerd://2.4.2",
            "kernelVersion": "6.1",
            "kubeletVersion": "v1.36.3",
            "operatingSystem": "linux",
            "osImage": "Debian",
        },
    },
}


def test_node() -> None:
    """All that is known of a node is taken over."""
    assert node_from(ITEM) == ClusterNode(
        "one",
        {"a": "b"},
        (Address("InternalIP", "10.0.0.1"),),
        (Taint("k", "", "NoExecute"),),
        is_ready=True,
        is_unschedulable=True,
        system=NodeSystem("linux", "amd64", "Debian", "6.1", "v1.36.3", "containerd", "2.4.2"),
        images=frozenset(("nginx@sha256:1", "nginx:1")),
    )


def test_not_ready() -> None:
    """A node whose kubelet was not heard of, or that no kubelet has spoken for, is not ready."""
    conditions = [{"type": "DiskPressure", "status": "True"}, {"type": "Ready", "status": "Unknown"}]
    silent = {**ITEM, "status": {"conditions": conditions}}

    assert not node_from(silent).is_ready
    assert node_from({"metadata": {"name": "new"}}) == ClusterNode("new")
