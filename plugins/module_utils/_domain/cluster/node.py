# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node of a cluster: what its kubelet and its administrators say of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

ROLE_PREFIX = "node-role.kubernetes.io/"
OLD_ROLE = "kubernetes.io/role"
"""``kubectl get nodes`` takes a role from either label (``findNodeRoles`` in ``pkg/printers/internalversion``)."""

ADDRESS_TYPES = ("InternalIP", "ExternalIP", "Hostname", "InternalDNS", "ExternalDNS")


class Address(t.NamedTuple):
    """An address, and which of ``ADDRESS_TYPES`` it is of."""

    type: str
    address: str


class Taint(t.NamedTuple):
    """What keeps Pods away that do not tolerate it."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class NodeSystem:
    """
    What runs on a node.

    Attributes:
        operating_system: ``linux`` or ``windows``; empty when no kubelet has reported it yet, as all of these.
        architecture: Such as ``amd64``.
        os_image: Such as ``Debian GNU/Linux 13 (trixie)``.
        kernel_version: Of the kernel.
        kubelet_version: Such as ``v1.36.3``.
        runtime: ``containerd``, ``cri-o``, ``docker``.
        runtime_version: Such as ``2.4.2``.
    """

    operating_system: str = ""
    architecture: str = ""
    os_image: str = ""
    kernel_version: str = ""
    kubelet_version: str = ""
    runtime: str = ""
    runtime_version: str = ""


@dataclass(frozen=True)
class ClusterNode:
    """
    A node.

    Attributes:
        addresses: In the order in which its status has them.
        is_ready: Whether its kubelet says so, and was heard of lately.
        is_unschedulable: Whether it is cordoned.
        system: What runs on it.
        images: Names of images that are on it, as its kubelet reports them: normalised, by tag and by digest, of the 50 largest
            images (``nodeStatusMaxImages``), and up to a minute old.
    """

    name: str
    labels: t.Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    taints: tuple[Taint, ...] = ()
    is_ready: bool = False
    is_unschedulable: bool = False
    system: NodeSystem = NodeSystem()
    images: frozenset[str] = frozenset()

    @property
    def roles(self) -> list[str]:
        """Its roles, such as ``control-plane``."""
        roles = {label[len(ROLE_PREFIX) :] for label in self.labels if label.startswith(ROLE_PREFIX)}
        return sorted(filter(None, roles | {self.labels.get(OLD_ROLE, "")}))


def split_runtime(version: str) -> tuple[str, str]:
    """Name and version of a runtime, from what a kubelet says, such as ``containerd://2.4.2``."""
    name, _separator, number = version.partition("://")
    return name, number
