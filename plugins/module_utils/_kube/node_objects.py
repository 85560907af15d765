# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes, as dicts, turned into what the domain knows."""

from __future__ import annotations

import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster_node import (
    Address,
    ClusterNode,
    NodeSystem,
    Taint,
    split_runtime,
)

Item = t.Mapping[str, t.Any]


def node_from(item: Item) -> ClusterNode:
    """A node."""
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    return ClusterNode(
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        addresses=tuple(Address(each["type"], each["address"]) for each in status.get("addresses") or ()),
        taints=tuple(Taint(each["key"], each.get("value", ""), each["effect"]) for each in spec.get("taints") or ()),
        is_ready=any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in status.get("conditions") or ()
        ),
        is_unschedulable=bool(spec.get("unschedulable")),
        system=_system_from(status.get("nodeInfo") or {}),
        images=frozenset(name for image in status.get("images") or () for name in image.get("names") or ()),
    )


def _system_from(info: Item) -> NodeSystem:
    runtime, runtime_version = split_runtime(info.get("containerRuntimeVersion", ""))
    return NodeSystem(
        operating_system=info.get("operatingSystem", ""),
        architecture=info.get("architecture", ""),
        os_image=info.get("osImage", ""),
        kernel_version=info.get("kernelVersion", ""),
        kubelet_version=info.get("kubeletVersion", ""),
        runtime=runtime,
        runtime_version=runtime_version,
    )
