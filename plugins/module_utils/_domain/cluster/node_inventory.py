# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts of an inventory, made of nodes."""

from __future__ import annotations

import typing as t

from .node import ClusterNode

ALL_NODES = "cluster_nodes"
PREFIX = "cluster_node_"

Facts = t.Dict[str, t.Any]


def facts_of(node: ClusterNode) -> Facts:
    """A node's variables; lists, dicts, texts and truth values only, so that a cache can keep them."""
    addresses: dict[str, list[str]] = {}
    for address in node.addresses:
        addresses.setdefault(address.type, []).append(address.address)
    facts = {
        "name": node.name,
        "addresses": addresses,
        "roles": node.roles,
        "ready": node.is_ready,
        "unschedulable": node.is_unschedulable,
        "labels": dict(node.labels),
        "taints": [taint._asdict() for taint in node.taints],
        **node.system.__dict__,
    }
    return {PREFIX + name: value for name, value in facts.items()}


def name_in(facts: Facts) -> str:
    """The name of the node that these facts are about."""
    return str(facts[PREFIX + "name"])


def address_in(facts: Facts, types: t.Iterable[str]) -> str:
    """The address to connect to: the first of the first of these types that the node has any of; empty when it has none."""
    addresses: dict[str, list[str]] = facts[PREFIX + "addresses"]
    return next((addresses[wanted][0] for wanted in types if wanted in addresses), "")


def groups_of(facts: Facts) -> list[str]:
    """
    The groups that a node is in without being asked; characters that no group may have are still to be replaced.

    A node whose labels name no role is what everybody calls a worker, and kubeadm and managed clusters label none as that.
    """
    runtime = facts[PREFIX + "runtime"]
    return [
        ALL_NODES,
        "node_ready" if facts[PREFIX + "ready"] else "node_not_ready",
        *(f"node_role_{role}" for role in facts[PREFIX + "roles"] or ["worker"]),
        *([f"node_runtime_{runtime}"] if runtime else []),
    ]
