# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A node of a cluster: what its kubelet and its administrators say of it.

The condition Ready alone shows little after a restart: a kubelet that does not come back keeps it for 40 seconds or more
(``--node-monitor-grace-period`` of kube-controller-manager). The Lease of a node is renewed by its kubelet when it starts and
every ten seconds from then on (``nodeLeaseController`` in ``pkg/kubelet/kubelet.go``), so a renewal is a sign of life.
"""

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
        is_ready: Whether its condition Ready is ``True``: its kubelet says so, and was heard of lately.
        is_unschedulable: Whether it is cordoned.
        system: What runs on it.
        images: Names of images that are on it, as its kubelet reports them: normalised, by tag and by digest, of the 50 largest
            images (``nodeStatusMaxImages``), and up to a minute old.
        ready_reason: Of its condition Ready, such as ``KubeletReady``; empty when there is none.
        ready_message: Of that condition.
        renewed: When its kubelet last renewed the node's Lease, by the node's clock, as RFC 3339; empty when that is not known.
    """

    name: str
    labels: t.Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    taints: tuple[Taint, ...] = ()
    is_ready: bool = False
    is_unschedulable: bool = False
    system: NodeSystem = NodeSystem()
    images: frozenset[str] = frozenset()
    ready_reason: str = ""
    ready_message: str = ""
    renewed: str = ""

    @property
    def roles(self) -> list[str]:
        """Its roles, such as ``control-plane``."""
        roles = {label[len(ROLE_PREFIX) :] for label in self.labels if label.startswith(ROLE_PREFIX)}
        return sorted(filter(None, roles | {self.labels.get(OLD_ROLE, "")}))

    def is_back(self, seen: str | None) -> bool:
        """Whether it is Ready, and its kubelet has renewed the Lease since ``seen`` was read; ``None`` asks for no such sign."""
        return self.is_ready and (seen is None or self.renewed not in ("", seen))

    def why_not_back(self) -> str:
        """Why ``is_back`` is not true, as a clause about the node."""
        if self.is_ready:
            return "its kubelet gives no sign of life" + (f" since {self.renewed}" if self.renewed else "")
        texts = ": ".join(part for part in (self.ready_reason, self.ready_message) if part)
        return f"it is not Ready ({texts})" if texts else "it is not Ready"


def split_runtime(version: str) -> tuple[str, str]:
    """Name and version of a runtime, from what a kubelet says, such as ``containerd://2.4.2``."""
    name, _separator, number = version.partition("://")
    return name, number
