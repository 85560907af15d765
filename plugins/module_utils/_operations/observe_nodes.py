# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nodes of a cluster, read in pages."""

from __future__ import annotations

from .._domain.cluster.node import ClusterNode
from .._domain.errors import InvalidInput
from .._kube.api import KubeApi, nodes_path
from .._kube.errors import Invalid
from .._kube.objects import node_from

_NODE_PAGE = 500
"""With the images that a kubelet reports, a node has about 20 kB."""


def observe_nodes(
    api: KubeApi, *, label_selector: str = "", field_selector: str = "", option: str = "label_selector"
) -> list[ClusterNode]:
    """
    The nodes of a cluster, by name.

    Args:
        label_selector: As kubectl takes it, empty for all.
        field_selector: As kubectl takes it, empty for all; the API server knows ``metadata.name`` and ``spec.unschedulable``.
        option: What the user calls ``label_selector``.

    Raises:
        InvalidInput: The API server cannot read a selector.
        ApiError: The API server could not be asked, or does not allow it.
    """
    try:
        nodes = api.collect(
            nodes_path(), node_from, label_selector=label_selector, field_selector=field_selector, page=_NODE_PAGE
        )
    except Invalid as refusal:
        given = " and ".join(
            f"{name} {value!r}"
            for name, value in ((option, label_selector), ("field_selector", field_selector))
            if value
        )
        if not given:
            raise
        raise InvalidInput(
            given,
            f"the API server cannot read it ({refusal.message})",
            "write it as for kubectl get nodes, such as 'pool=build,!node-role.kubernetes.io/control-plane'",
        ) from refusal
    return sorted(nodes, key=lambda node: node.name)
