"""API objects turned into what the domain knows."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import Namespace
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import (
    Address,
    ClusterNode,
    NodeSystem,
    Taint,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.service_account import ServiceAccount
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.objects import (
    namespace_from,
    node_from,
    renewal_from,
    secret_from,
    service_account_from,
)

METADATA = {"namespace": "team-a", "name": "x", "uid": "u", "resourceVersion": "7"}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"name": "a"}, Namespace("a")),
        ({"name": "a", "labels": {"l": "1"}, "annotations": {"n": "2"}}, Namespace("a", {"l": "1"}, {"n": "2"})),
        ({"name": "a", "labels": None, "annotations": None}, Namespace("a")),
        ({"name": "a", "deletionTimestamp": "2026-11-22T00:00:00Z"}, Namespace("a", is_terminating=True)),
    ],
    ids=["bare", "labelled", "null", "terminating"],
)
def test_namespace(metadata: t.Mapping[str, t.Any], expected: Namespace) -> None:
    """A namespace is read from its metadata alone."""
    assert expected == namespace_from({"metadata": metadata})


def test_secret() -> None:
    """A Secret's data are decoded, everything else is taken as it is."""
    item = {
        "metadata": {**METADATA, "labels": {"l": "1"}, "annotations": {"n": "2"}},
        "type": "Opaque",
        "immutable": True,
        "data": {"k": "dv8=", "empty": ""},
    }

    assert secret_from(item) == ObservedSecret(
        "team-a", "x", "Opaque", "u", "7", {"l": "1"}, {"n": "2"}, immutable=True, data={"k": b"v\xff", "empty": b""}
    )


def test_bare_secret() -> None:
    """A Secret without data has none."""
    assert secret_from({"metadata": METADATA, "data": None}) == ObservedSecret("team-a", "x", "", "u", "7")


def test_service_account() -> None:
    """A list that is missing is distinguished from one that is empty, since a patch has to test what is there."""
    item: dict[str, t.Any] = {
        "metadata": METADATA,
        "imagePullSecrets": [],
        "secrets": None,
        "automountServiceAccountToken": False,
    }

    assert service_account_from(item) == ServiceAccount("team-a", "x", "7", {"imagePullSecrets": ()})


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


READY: t.Final = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting"}


def test_a_node() -> None:
    """Of its conditions only Ready counts."""
    conditions = [{"type": "DiskPressure", "status": "False"}, READY]

    found = node_from({"metadata": {"name": "w1"}, "status": {"conditions": conditions}})

    assert (found.name, found.is_ready) == ("w1", True)
    assert (found.ready_reason, found.ready_message) == ("KubeletReady", "kubelet is posting")


@pytest.mark.parametrize("conditions", [[], [{**READY, "status": "Unknown"}], [{**READY, "status": "False"}]])
def test_unhealthy(conditions: list[dict[str, str]]) -> None:
    """What is not known to be ready is not."""
    assert not node_from({"metadata": {"name": "w1"}, "status": {"conditions": conditions}}).is_ready


def test_a_node_that_has_just_joined() -> None:
    """Without any status it is simply not ready."""
    found = node_from({"metadata": {"name": "w1"}})

    assert (found.is_ready, found.ready_reason) == (False, "")


@pytest.mark.parametrize(("spec", "expected"), [({"renewTime": "10:00"}, "10:00"), ({}, "")])
def test_a_lease(spec: dict[str, str], expected: str) -> None:
    """A Lease is its node's by name, and may not have been renewed yet."""
    assert renewal_from({"metadata": {"name": "w1"}, "spec": spec}) == ("w1", expected)
