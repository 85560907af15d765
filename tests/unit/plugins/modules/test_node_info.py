"""node_info, from its options to its result."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import NODES
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.objects import LEASES
from ansible_collections.regcred.kubernetes.plugins.modules.node_info import main
from tests.unit.loopback import Answer, Received, serve
from tests.unit.module_run import Run, run_module

pytest.importorskip("urllib3")

OBJECTS: t.Final = {
    NODES: [
        {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": status}]}}
        for name, status in (("w1", "True"), ("w2", "Unknown"))
    ],
    LEASES: [{"metadata": {"name": "w1"}, "spec": {"renewTime": "10:00"}}],
}


def run(options: t.Mapping[str, t.Any]) -> Run:
    """Run it on a cluster of two nodes."""

    def answer(received: Received) -> Answer:
        path = urlsplit(received.path).path
        kind, version = ("LeaseList", "coordination.k8s.io/v1") if path == LEASES else ("NodeList", "v1")
        return Answer(200, {"kind": kind, "apiVersion": version, "items": OBJECTS[path]})

    with serve(answer=answer) as server:
        return run_module(main, {"host": server.url, **options})


def test_nodes() -> None:
    """All nodes are reported as they are, and nothing changes."""
    found = run({}).result

    assert [(each["name"], each["ready"], each["renewed"]) for each in found["nodes"]] == [
        ("w1", True, "10:00"),
        ("w2", False, None),
    ]
    assert found["nodes"][1] == {"name": "w2", "ready": False, "reason": "", "message": "", "renewed": None}
    assert (found["changed"], found["msg"]) == (False, "2 nodes: 1 ready")


def test_nothing_matches() -> None:
    """A glob that no node matches is a warning, an empty list an error, and nothing is waited for without a node."""
    assert run({"nodes": ["gone-*", "w*"]}).warnings == ["nodes: no node matches 'gone-*'"]
    assert run({"nodes": []}).message == "nodes: is empty; give at least one name or glob"
    assert run({"nodes": ["gone-*"], "wait": True}).message == (
        "nodes: no node matches gone-*, so none can be waited for; correct it"
    )


def test_waiting_in_vain() -> None:
    """The task fails with the nodes that are not back, and tells of all."""
    found = run({"wait": True, "wait_timeout": 0})

    assert found.message == "after 0 s, node w2: it is not Ready; see the kubelet's log on the node"
    assert len(found.result["nodes"]) == 2


def test_many_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason is shown once, with the number and the names of the nodes."""
    away = {"conditions": [{"type": "Ready", "status": "Unknown"}]}
    monkeypatch.setitem(OBJECTS, NODES, [{"metadata": {"name": f"w{n:02}"}, "status": away} for n in range(12)])

    shown = ", ".join(f"w{n:02}" for n in range(10))
    assert run({"wait": True, "wait_timeout": 0}).message == (
        f"after 0 s, 12 nodes ({shown} and 2 more): it is not Ready; see the kubelet's log on the node"
    )


def test_a_sign_that_nothing_waits_for() -> None:
    """A forgotten wait is no silent success."""
    assert run({"sign_of_life": True}).message.startswith("sign_of_life: nothing waits for it; ")
