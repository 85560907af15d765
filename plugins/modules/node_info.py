#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_info
short_description: Tell how the nodes of a cluster are, or wait until they are back
version_added: 0.1.0
description:
  - Returns whether nodes are Ready, and when their kubelets last gave a sign of life.
  - Waits, when asked, until they are Ready, and until a kubelet that was restarted has shown itself since.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes.info_module
  - regcred.kubernetes._attributes.actiongroup_kubernetes
  - regcred.kubernetes._cluster
options:
  nodes:
    description:
      - Names and globs of nodes. A plain name that does not exist fails the task.
    type: list
    elements: str
    default: ["*"]
  wait:
    description:
      - Wait until all these nodes are Ready. The task fails when one is not in time.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait at most, 0 to 86400.
    type: int
    default: 120
  sign_of_life:
    description:
      - Wait, as well, until each kubelet has given a sign of life since the task began, which takes up to ten seconds.
      - After a restart of the kubelet, the condition Ready alone is none. For 40 seconds or more, the cluster believes in a kubelet
        that does not come back.
      - It is the renewal of the node's Lease, so the user must be allowed to list Leases in the namespace C(kube-node-lease).
    type: bool
    default: false
notes:
  - 'Rights that it needs: list on nodes; list on leases.'
  - The role is in C(docs/rbac/node_info.yml), with what each verb is for,
    and R(the guide on rights,ansible_collections.regcred.kubernetes.docsite.guide_rights) says how to bind it.
seealso:
  - module: regcred.kubernetes.credential_provider_config
    description: Changes what only a restart of the kubelet brings into effect.
"""

EXAMPLES = r"""
- name: See which nodes are not Ready
  regcred.kubernetes.node_info:
  register: cluster

- name: Tell them
  ansible.builtin.debug:
    msg: "{{ cluster.nodes | rejectattr('ready') | list }}"

- name: Restart the kubelet
  ansible.builtin.service:
    name: kubelet
    state: restarted
  become: true

- name: Wait until it is back
  regcred.kubernetes.node_info:
    nodes: ["{{ inventory_hostname }}"]
    wait: true
    sign_of_life: true
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: What was found, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "3 nodes: 3 ready"
nodes:
  description: The nodes, ordered by name.
  returned: when the API server answered
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: always
    ready:
      description: Whether its condition Ready is V(True).
      type: bool
      returned: always
    reason:
      description: The reason of that condition.
      type: str
      returned: always
    message:
      description: The message of that condition.
      type: str
      returned: always
    renewed:
      description:
        - When its kubelet last renewed its Lease, by the node's clock. V(null) when that is not known.
      type: str
      returned: always
  sample:
    - name: worker-1
      ready: true
      reason: KubeletReady
      message: kubelet is posting ready status
      renewed: "2026-03-01T10:00:00.000000Z"
"""

import typing as t

from ..module_utils._domain.change import NODE
from ..module_utils._domain.cluster.names import NamePatterns
from ..module_utils._domain.cluster.node import ClusterNode
from ..module_utils._domain.errors import InvalidInput
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import SECONDS_OR_NONE, ArgumentSpec
from ..module_utils._edge.options.cluster import CLUSTER_SPEC, connect
from ..module_utils._edge.renderer import counted, failure_reasons
from ..module_utils._edge.result import Outcome
from ..module_utils._operations.wait_for_nodes import Wait, read_nodes

SPEC = CLUSTER_SPEC + ArgumentSpec(
    {
        "nodes": {"type": "list", "elements": "str", "default": ["*"]},
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 120},
        "sign_of_life": {"type": "bool", "default": False},
    },
    bounds={"wait_timeout": SECONDS_OR_NONE},
)


def run(edge: Edge) -> Outcome:
    patterns = edge.params["nodes"]
    if not patterns:
        raise InvalidInput("nodes", "is empty", "give at least one name or glob")
    nodes = read_nodes(connect(edge.params, edge.secrets), patterns, _wait_from(edge.params))
    names = [node.name for node in nodes.found]
    unmatched = [pattern for pattern in patterns if not any(map(NamePatterns([pattern]).match, names))]
    if not names and edge.params["wait"]:
        raise InvalidInput("nodes", f"no node matches {', '.join(patterns)}, so none can be waited for", "correct it")
    reasons = failure_reasons(NODE, list(nodes.not_back.items()))
    ready = sum(node.is_ready for node in nodes.found)
    seconds = edge.params["wait_timeout"]
    return Outcome(
        returned={"nodes": [_row(node) for node in nodes.found]},
        warnings=[f"nodes: no node matches {pattern!r}" for pattern in unmatched],
        failure=f"after {seconds} s, {' | '.join(reasons)}; see the kubelet's log on the node" if reasons else "",
        message=f"{counted(len(names), 'node')}: {ready} ready",
    )


def _wait_from(params: t.Mapping[str, t.Any]) -> Wait | None:
    if params["wait"]:
        return Wait(params["wait_timeout"], params["sign_of_life"])
    if params["sign_of_life"]:
        raise InvalidInput("sign_of_life", "nothing waits for it", "set wait to true, or leave it out")
    return None


def _row(node: ClusterNode) -> dict[str, t.Any]:
    return {
        "name": node.name,
        "ready": node.is_ready,
        "reason": node.ready_reason,
        "message": node.ready_message,
        "renewed": node.renewed or None,
    }


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
