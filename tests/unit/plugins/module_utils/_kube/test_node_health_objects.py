"""Nodes and Leases as the API has them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.node_health_objects import (
    node_health_from,
    renewal_from,
)

READY: t.Final = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting"}


def test_a_node() -> None:
    """Of its conditions only Ready counts."""
    conditions = [{"type": "DiskPressure", "status": "False"}, READY]

    found = node_health_from({"metadata": {"name": "w1"}, "status": {"conditions": conditions}}, "10:00")

    assert (found.name, found.ready, found.reason, found.message) == ("w1", True, "KubeletReady", "kubelet is posting")
    assert found.renewed == "10:00"


@pytest.mark.parametrize("conditions", [[], [{**READY, "status": "Unknown"}], [{**READY, "status": "False"}]])
def test_not_ready(conditions: list[dict[str, str]]) -> None:
    """What is not known to be ready is not."""
    assert not node_health_from({"metadata": {"name": "w1"}, "status": {"conditions": conditions}}, "").ready


def test_a_node_that_has_just_joined() -> None:
    """Without any status it is simply not ready."""
    found = node_health_from({"metadata": {"name": "w1"}}, "")

    assert (found.ready, found.reason) == (False, "")


@pytest.mark.parametrize(("spec", "expected"), [({"renewTime": "10:00"}, "10:00"), ({}, "")])
def test_a_lease(spec: dict[str, str], expected: str) -> None:
    """A Lease is its node's by name, and may not have been renewed yet."""
    assert renewal_from({"metadata": {"name": "w1"}, "spec": spec}) == ("w1", expected)
