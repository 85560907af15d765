"""Nodes."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import ClusterNode, split_runtime


def test_roles() -> None:
    """Both labels give a role, as kubectl shows them; a label without a role gives none."""
    labels = {
        "node-role.kubernetes.io/worker": "",
        "node-role.kubernetes.io/control-plane": "true",
        "node-role.kubernetes.io/": "",
        "kubernetes.io/role": "old",
        "kubernetes.io/hostname": "one",
    }

    assert ClusterNode("one", labels).roles == ["control-plane", "old", "worker"]
    assert ClusterNode("one", {"kubernetes.io/role": ""}).roles == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("containerd://2.4.2", ("containerd", "2.4.2")),
        ("cri-o://1.34.1", ("cri-o", "1.34.1")),
        ("", ("", "")),
    ],
)
def test_runtime(told: str, expected: tuple[str, str]) -> None:
    """Name and version stand in one text; a node without a kubelet has none."""
    assert split_runtime(told) == expected
