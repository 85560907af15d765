# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API objects, as dicts, turned into what the domain knows."""

from __future__ import annotations

import base64
import typing as t

from .._domain.cluster.namespaces import Namespace
from .._domain.cluster.node import Address, ClusterNode, NodeSystem, Taint, split_runtime
from .._domain.cluster.service_account import FIELDS, ServiceAccount
from .._domain.pull_secret.kept import KeptSecret, read_kept
from .._domain.pull_secret.secret import ObservedSecret


def namespace_from(item: t.Mapping[str, t.Any]) -> Namespace:
    """A namespace, from the object or from its metadata alone."""
    metadata = item["metadata"]
    return Namespace(
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        is_terminating="deletionTimestamp" in metadata,
        uid=metadata.get("uid") or "",
        resource_version=metadata.get("resourceVersion") or "",
    )


def secret_from(item: t.Mapping[str, t.Any]) -> ObservedSecret:
    """A Secret of its JSON, with its data decoded from base64."""
    metadata = item["metadata"]
    return ObservedSecret(
        namespace=metadata["namespace"],
        name=metadata["name"],
        type=item.get("type") or "",
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        finalizers=tuple(metadata.get("finalizers") or ()),
        is_terminating="deletionTimestamp" in metadata,
        owned_by=tuple(f"{owner['kind']} {owner['name']}" for owner in metadata.get("ownerReferences") or ()),
        immutable=bool(item.get("immutable")),
        data={key: base64.b64decode(value) for key, value in (item.get("data") or {}).items()},
    )


def kept_from(item: t.Mapping[str, t.Any]) -> KeptSecret | None:
    """What a second Secret keeps, ``None`` for one of another origin."""
    return read_kept(secret_from(item), item["metadata"].get("creationTimestamp") or "")


def service_account_from(item: t.Mapping[str, t.Any]) -> ServiceAccount:
    """A ServiceAccount of its JSON; lists of references that it does not have are left out."""
    metadata = item["metadata"]
    return ServiceAccount(
        namespace=metadata["namespace"],
        name=metadata["name"],
        resource_version=metadata["resourceVersion"],
        references={name: tuple(item[name]) for name in FIELDS.values() if item.get(name) is not None},
        annotations=metadata.get("annotations"),
    )


Item = t.Mapping[str, t.Any]


def node_from(item: Item) -> ClusterNode:
    """A node of its JSON, without the renewal of its Lease."""
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    ready: Item = next((each for each in status.get("conditions") or () if each.get("type") == "Ready"), {})
    return ClusterNode(
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        addresses=tuple(Address(each["type"], each["address"]) for each in status.get("addresses") or ()),
        taints=tuple(Taint(each["key"], each.get("value", ""), each["effect"]) for each in spec.get("taints") or ()),
        is_ready=ready.get("status") == "True",
        ready_reason=ready.get("reason") or "",
        ready_message=ready.get("message") or "",
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


LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
"""The collection of nodes' Leases; each has the name of its node."""


def renewal_from(lease: Item) -> tuple[str, str]:
    """The node's name, and when its kubelet last renewed this Lease; empty when it never did."""
    return lease["metadata"]["name"], lease.get("spec", {}).get("renewTime") or ""
