# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the nodes of a cluster are, now or as soon as they are back."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, replace

from .._domain.cluster.names import NamePatterns, is_glob
from .._domain.cluster.node import ClusterNode
from .._domain.cluster.node_selection import check_node_names
from .._kube.api import NODES, KubeApi, Object
from .._kube.errors import ConnectionProblem, Forbidden, NotFound
from .._kube.objects import LEASES, node_from, renewal_from

POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Wait:
    """
    How long to wait for the nodes to be back.

    Attributes:
        seconds: At most so long.
        sign_of_life: Whether each kubelet has to renew its node's Lease after the first look, beside being Ready.
    """

    seconds: float
    sign_of_life: bool = False


class Nodes(t.NamedTuple):
    """The nodes by name, and why those are not back that were waited for."""

    found: list[ClusterNode]
    not_back: t.Mapping[str, str]


def read_nodes(
    api: KubeApi,
    patterns: t.Sequence[str],
    wait: Wait | None = None,
    clock: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], None] = time.sleep,
) -> Nodes:
    """
    The nodes of these names.

    Args:
        patterns: Names and globs.
        wait: Ask again until all are back. An API server that is away meanwhile, as on a control plane node whose kubelet was
            restarted, is waited for as well.
        clock: Gives seconds since any fixed moment.
        sleep: Waits for so many seconds.

    Raises:
        InvalidInput: There is no node of a plain name.
        ApiError: The user may not read nodes, or not the Leases that a wait rests on.
    """
    if wait is None:
        return Nodes(_read(api, patterns, with_leases=False), {})
    end = clock() + min(wait.seconds, api.deadline.left())
    seen: dict[str, str] = {}
    while True:
        try:
            found = _read(api, patterns, with_leases=wait.sign_of_life)
        except ConnectionProblem:
            if clock() >= end:
                raise
        else:
            if wait.sign_of_life:
                seen = {**{node.name: node.renewed for node in found}, **seen}
            not_back = {node.name: node.why_not_back() for node in found if not node.is_back(seen.get(node.name))}
            if not not_back or clock() >= end:
                return Nodes(found, not_back)
        sleep(POLL_SECONDS)


def _read(api: KubeApi, patterns: t.Sequence[str], *, with_leases: bool) -> list[ClusterNode]:
    chosen = NamePatterns(patterns)
    only = f"metadata.name={patterns[0]}" if len(patterns) == 1 and not is_glob(patterns[0]) else ""

    def keep(item: Object) -> ClusterNode | None:
        return node_from(item) if chosen.match(item["metadata"]["name"]) else None

    nodes = api.collect(NODES, keep, field_selector=only)
    check_node_names(patterns, (node.name for node in nodes))
    renewals = _renewals(api, only, needed=with_leases)
    return sorted(
        (replace(node, renewed=renewals.get(node.name, "")) for node in nodes),
        key=lambda node: node.name,
    )


def _renewals(api: KubeApi, field_selector: str, *, needed: bool) -> dict[str, str]:
    """By node; none where the user may not read them and nothing rests on them."""
    try:
        return dict(api.collect(LEASES, renewal_from, field_selector=field_selector))
    except (Forbidden, NotFound):
        if needed:
            raise
        return {}
