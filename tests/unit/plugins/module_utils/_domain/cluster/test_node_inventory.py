"""Hosts made of nodes."""

from __future__ import annotations

import json

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import (
    Address,
    ClusterNode,
    NodeSystem,
    Taint,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node_inventory import (
    address_in,
    facts_of,
    groups_of,
    name_in,
)

NODE = ClusterNode(
    "one",
    labels={"node-role.kubernetes.io/control-plane": "", "zone": "a"},
    addresses=(
        Address("InternalIP", "10.0.0.1"),
        Address("InternalIP", "fd00::1"),
        Address("ExternalIP", "192.0.2.1"),
        Address("Hostname", "one"),
    ),
    taints=(Taint("dedicated", "build", "NoSchedule"),),
    is_ready=True,
    system=NodeSystem(architecture="arm64", runtime="cri-o", runtime_version="1.34.1"),
    images=frozenset(("nginx",)),
)


def test_facts() -> None:
    """All that a kubelet says stands under one prefix, in a form that a cache can keep; images, which may be many, do not."""
    facts = facts_of(NODE)

    assert all(name.startswith("cluster_node_") for name in facts)
    assert json.loads(json.dumps(facts)) == facts
    assert name_in(facts) == "one"
    assert facts["cluster_node_taints"] == [{"key": "dedicated", "value": "build", "effect": "NoSchedule"}]
    assert facts["cluster_node_roles"] == ["control-plane"]
    assert facts["cluster_node_runtime_version"] == "1.34.1"
    assert "nginx" not in str(facts)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["InternalIP", "ExternalIP"], "10.0.0.1"),
        (["ExternalDNS", "ExternalIP", "InternalIP"], "192.0.2.1"),
        (["ExternalDNS"], ""),
        ([], ""),
    ],
)
def test_address(types: list[str], expected: str) -> None:
    """The first address of the first type that there is."""
    assert address_in(facts_of(NODE), types) == expected


def test_groups() -> None:
    """A node is in groups for readiness, roles and runtime; one that no kubelet has spoken for is in none of a runtime."""
    assert groups_of(facts_of(NODE)) == ["cluster_nodes", "node_ready", "node_role_control-plane", "node_runtime_cri-o"]
    assert groups_of(facts_of(ClusterNode("new"))) == ["cluster_nodes", "node_not_ready", "node_role_worker"]
