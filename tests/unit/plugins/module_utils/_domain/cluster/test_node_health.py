"""Whether a node is back."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node_health import NodeHealth


def node(*, ready: bool = True, renewed: str = "10:00", reason: str = "", message: str = "") -> NodeHealth:
    """A node whose kubelet renewed its Lease at ten."""
    return NodeHealth("worker-1", ready, reason, message, renewed)


@pytest.mark.parametrize(
    ("found", "seen", "why_not"),
    [
        pytest.param(node(), None, "", id="ready"),
        pytest.param(node(), "09:50", "", id="ready and renewed since"),
        pytest.param(node(), "", "", id="the first Lease"),
        pytest.param(node(), "10:00", "its kubelet gives no sign of life since 10:00", id="no sign of life"),
        pytest.param(node(renewed=""), "", "its kubelet gives no sign of life", id="no Lease"),
        pytest.param(node(ready=False), "09:50", "it is not Ready", id="no condition"),
        pytest.param(
            node(ready=False, reason="KubeletNotReady", message="no network"),
            None,
            "it is not Ready (KubeletNotReady: no network)",
            id="not ready",
        ),
    ],
)
def test_back(found: NodeHealth, seen: str | None, why_not: str) -> None:
    """Ready alone is no sign of life of a kubelet that was restarted."""
    is_back = found.is_back(seen)

    assert is_back == (not why_not)
    assert is_back or found.why_not_back() == why_not


def test_row() -> None:
    """A time that is not known is no text."""
    assert node(renewed="").as_row() == {
        "name": "worker-1",
        "ready": True,
        "reason": "",
        "message": "",
        "renewed": None,
    }
