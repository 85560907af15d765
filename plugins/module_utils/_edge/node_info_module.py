# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of node_info to its outcome."""

from __future__ import annotations

import typing as t

from .._domain.errors import InvalidInput
from .._domain.name_patterns import NamePatterns
from .._operations.wait_for_nodes import Wait, read_nodes
from .options.argument_spec import ArgumentSpec
from .options.cluster import CLUSTER_SPEC
from .result import Outcome

if t.TYPE_CHECKING:
    from .module import Edge

NODE_INFO_SPEC = CLUSTER_SPEC + ArgumentSpec(
    {
        "nodes": {"type": "list", "elements": "str", "default": ["*"]},
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 120},
        "sign_of_life": {"type": "bool", "default": False},
    }
)


def run_node_info(edge: Edge) -> Outcome:
    """What node_info does."""
    patterns = edge.params["nodes"]
    if not patterns:
        raise InvalidInput("nodes", "is empty", "give at least one name or glob")
    nodes = read_nodes(edge.connect(), patterns, _wait_from(edge.params))
    names = [node.name for node in nodes.found]
    unmatched = [pattern for pattern in patterns if not any(map(NamePatterns([pattern]).match, names))]
    if not names and edge.params["wait"]:
        raise InvalidInput("nodes", f"no node matches {', '.join(patterns)}, so none can be waited for", "correct it")
    told = [f"node {name}: {why}" for name, why in nodes.not_back.items()]
    seconds = edge.params["wait_timeout"]
    return Outcome(
        returned={"nodes": [node.as_row() for node in nodes.found]},
        warnings=[f"nodes: no node matches {pattern!r}" for pattern in unmatched],
        failure=f"after {seconds} s, {' | '.join(told)}; see the kubelet's log on the node" if told else "",
    )


def _wait_from(params: t.Mapping[str, t.Any]) -> Wait | None:
    if params["wait"]:
        return Wait(params["wait_timeout"], params["sign_of_life"])
    if params["sign_of_life"]:
        raise InvalidInput("sign_of_life", "nothing waits for it", "set wait to true, or leave it out")
    return None
