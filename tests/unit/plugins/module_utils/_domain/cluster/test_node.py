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
    ("version", "expected"),
    [
        ("containerd://2.4.2", ("containerd", "2.4.2")),
        ("cri-o://1.34.1", ("cri-o", "1.34.1")),
        ("", ("", "")),
    ],
)
def test_runtime(version: str, expected: tuple[str, str]) -> None:
    """Name and version stand in one text; a node without a kubelet has none."""
    assert split_runtime(version) == expected


def restarted(*, ready: bool = True, renewed: str = "10:00", reason: str = "", message: str = "") -> ClusterNode:
    """A node whose kubelet renewed its Lease at ten."""
    return ClusterNode("worker-1", is_ready=ready, ready_reason=reason, ready_message=message, renewed=renewed)


@pytest.mark.parametrize(
    ("found", "seen", "why_not"),
    [
        pytest.param(restarted(), None, "", id="ready"),
        pytest.param(restarted(), "09:50", "", id="ready and renewed since"),
        pytest.param(restarted(), "", "", id="the first Lease"),
        pytest.param(restarted(), "10:00", "its kubelet gives no sign of life since 10:00", id="no sign of life"),
        pytest.param(restarted(renewed=""), "", "its kubelet gives no sign of life", id="no Lease"),
        pytest.param(restarted(ready=False), "09:50", "it is not Ready", id="no condition"),
        pytest.param(
            restarted(ready=False, reason="KubeletNotReady", message="no network"),
            None,
            "it is not Ready (KubeletNotReady: no network)",
            id="not ready",
        ),
    ],
)
def test_back(found: ClusterNode, seen: str | None, why_not: str) -> None:
    """Ready alone is no sign of life of a kubelet that was restarted."""
    is_back = found.is_back(seen)

    assert is_back == (not why_not)
    assert is_back or found.why_not_back() == why_not
