# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which nodes an option selects, and which of them can pull."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..errors import InvalidInput
from .names import NamePatterns, is_glob
from .node import ClusterNode


@dataclass(frozen=True)
class NodeSelection:
    """
    What the user asks for; all of it must hold.

    Attributes:
        names: Names and globs.
        selector: A label selector, which the API server reads.
        excluded: Names and globs; they win over everything.
        with_cordoned: Whether cordoned nodes count.
    """

    names: tuple[str, ...] = ("*",)
    selector: str = ""
    excluded: tuple[str, ...] = ()
    with_cordoned: bool = False


class SelectedNodes(t.NamedTuple):
    """The nodes that can pull, and why others that are selected are left out, by name."""

    pulling: list[ClusterNode]
    left_out: dict[str, str]


def select_nodes(selection: NodeSelection, nodes: t.Sequence[ClusterNode]) -> SelectedNodes:
    """
    Choose the nodes that are to pull.

    Args:
        selection: What the user asks for.
        nodes: What the API server found for its label selector.

    Raises:
        InvalidInput: A plain name is not among them, or nothing is selected.
    """
    check_node_names(selection.names, (node.name for node in nodes), selection.selector)
    wanted, excluded = NamePatterns(selection.names), NamePatterns(selection.excluded)
    selected = [node for node in nodes if wanted.match(node.name) and not excluded.match(node.name)]
    if not selected:
        raise InvalidInput(
            "nodes", "no node is selected", "check nodes, node_selector and exclude_nodes against kubectl get nodes"
        )
    reasons = {node.name: _why_not(node, selection) for node in selected}
    return SelectedNodes(
        [node for node in selected if not reasons[node.name]],
        {name: reason for name, reason in reasons.items() if reason},
    )


def check_node_names(names: t.Iterable[str], known: t.Iterable[str], selector: str = "") -> None:
    """
    See that there is a node of each plain name.

    Args:
        names: Names and globs, as the user wrote them in ``nodes``.
        known: Names of the nodes that were found.
        selector: The label selector that they were found with.

    Raises:
        InvalidInput: There is none.
    """
    here = frozenset(known)
    missing = [name for name in dict.fromkeys(names) if not is_glob(name) and name not in here]
    if missing:
        labelled = f" with the labels {selector!r}" if selector else ""
        raise InvalidInput(
            "nodes",
            f"there is no node {', '.join(missing)}{labelled}",
            "correct the name, or write a glob if it need not exist",
        )


def _why_not(node: ClusterNode, selection: NodeSelection) -> str:
    if not node.is_ready:
        return "it is not Ready, so its kubelet would not pull"
    if node.system.operating_system not in ("", "linux"):
        return f"it runs {node.system.operating_system}, and only Linux nodes can be asked to pull"
    if node.is_unschedulable and not selection.with_cordoned:
        return "it is cordoned; cordoned_nodes=include has it pull all the same"
    return ""
