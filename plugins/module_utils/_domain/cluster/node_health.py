# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Whether a node's kubelet is at work, as the API server sees it.

The condition Ready alone shows little after a restart: a kubelet that does not come back keeps it for 40 seconds or more
(``--node-monitor-grace-period`` of kube-controller-manager). The Lease of a node is renewed by its kubelet when it starts and
every ten seconds from then on (``nodeLeaseController`` in ``pkg/kubelet/kubelet.go``), so a renewal is a sign of life.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class NodeHealth:
    """
    A node.

    Attributes:
        ready: Whether its condition Ready is ``True``.
        reason: Of that condition, such as ``KubeletReady``; empty when there is none.
        message: Of that condition.
        renewed: When its kubelet last renewed the node's Lease, by the node's clock, as RFC 3339; empty when that is not known.
    """

    name: str
    ready: bool
    reason: str
    message: str
    renewed: str

    def is_back(self, seen: str | None) -> bool:
        """Whether it is Ready, and its kubelet has renewed the Lease since ``seen`` was read; ``None`` asks for no such sign."""
        return self.ready and (seen is None or self.renewed not in ("", seen))

    def why_not_back(self) -> str:
        """Why ``is_back`` is not true, as a clause about the node."""
        if self.ready:
            return "its kubelet gives no sign of life" + (f" since {self.renewed}" if self.renewed else "")
        texts = ": ".join(part for part in (self.reason, self.message) if part)
        return f"it is not Ready ({texts})" if texts else "it is not Ready"

    def as_row(self) -> dict[str, t.Any]:
        """A row of a module's result; ``renewed`` is ``None`` when it is not known."""
        return {
            "name": self.name,
            "ready": self.ready,
            "reason": self.reason,
            "message": self.message,
            "renewed": self.renewed or None,
        }
