# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes and their Leases, as dicts, turned into what the domain knows of a node's health."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_health import NodeHealth

Item = t.Mapping[str, t.Any]

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
"""The collection of nodes' Leases; each has the name of its node."""


def node_health_from(node: Item, renewed: str) -> NodeHealth:
    """A node's health, with the time that :func:`renewal_from` found in its Lease."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    ready: Item = next((each for each in conditions if each.get("type") == "Ready"), {})
    return NodeHealth(
        name=node["metadata"]["name"],
        ready=ready.get("status") == "True",
        reason=ready.get("reason") or "",
        message=ready.get("message") or "",
        renewed=renewed,
    )


def renewal_from(lease: Item) -> tuple[str, str]:
    """The node's name, and when its kubelet last renewed this Lease; empty when it never did."""
    return lease["metadata"]["name"], lease.get("spec", {}).get("renewTime") or ""
