#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_prepull
short_description: Have nodes pull images before Pods need them
version_added: 0.1.0
description:
  - Makes images present on the nodes of a cluster by letting each node's own kubelet pull them, with the credentials of Secrets.
  - On each node a Pod is made with a container for each image (more than six images take more Pods), whose command exists in no image.
    The kubelet pulls the image and cannot start the container, so nothing of the image ever runs, and it needs no shell. The Pod is
    then removed, also after a failure.
  - What a kubelet pulls, it also keeps account of. With C(KubeletEnsureSecretPulledImages), on by default since Kubernetes 1.35, Pods
    with the same Secret, or with one that has the same credential, may use the image without asking the registry again. An image that
    was brought to a node behind the kubelet's back is open to all Pods of the node, or to none, by the kubelet's policy.
  - Nothing keeps an image on a node. Kubelets remove unused ones when the disk fills up, and after C(imageMaximumGCAge) where that is set.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes
  - regcred.kubernetes._attributes.actiongroup_kubernetes
  - regcred.kubernetes._cluster
  - regcred.kubernetes._rows
options:
  images:
    description:
      - The images, as a Pod would name them.
      - They are pulled with C(imagePullPolicy) V(IfNotPresent), so one with the tag C(latest), or with none, stays as it is on nodes that
        have one of that name.
    type: list
    elements: str
    required: true
    aliases:
      - image
  namespace:
    description:
      - Where the Pods are made, and where their Secrets and their ServiceAccount are.
      - The Pods fit Pod Security V(restricted) and ask for no CPU or memory. Where a LimitRange or ResourceQuota refuses them, take another
        namespace.
    type: str
    default: default
  image_pull_secrets:
    description:
      - Names of the Secrets to pull with. Without any, the Pods get those that O(service_account) gives to its Pods.
    type: list
    elements: str
    default: []
  service_account:
    description:
      - The ServiceAccount of the Pods. No token of it is mounted.
    type: str
    default: default
  nodes:
    description:
      - Names and globs of nodes. A plain name that does not exist fails the task before anything is done.
      - Nodes that are not Ready, and nodes that do not run Linux, are skipped and reported.
    type: list
    elements: str
    default: ["*"]
  node_selector:
    description:
      - Label selector that the nodes must match as well, as C(kubectl get nodes --selector) takes it.
    type: str
  exclude_nodes:
    description:
      - Names and globs of nodes to leave alone, whatever else selects them.
    type: list
    elements: str
    default: []
  cordoned_nodes:
    description:
      - What to do about nodes that are cordoned. V(skip) leaves them alone and reports them, since a Pod on them gets in the way of
        C(kubectl drain). V(include) fills a node before it is let in.
    type: str
    choices: [skip, include]
    default: skip
  parallelism:
    description:
      - How many nodes may pull at once, 1 to 256. The registry feels this number; O(concurrency) is about the API server.
    type: int
    default: 8
  timeout:
    description:
      - Seconds that a node may take for all images, 1 to 86400. What is not there by then has failed.
      - Other modules have a limit of this name for the whole run; here it is that of a node, and nodes follow each other.
      - A pull that is refused, or whose image does not exist, fails at once. One that may succeed later, as when the registry does not
        answer or has enough of requests, is left to the kubelet's next tries for a minute. So is one that was refused because the
        kubelet had not got the Secrets yet.
    type: int
    default: 600
  trust_node_images:
    description:
      - Take an image for present when the node's status lists it, and make no Pod on nodes that list all of them.
      - Quick where there are many nodes, and not exact. The list has the 50 largest images of a node, is up to a minute old, and does not
        tell with which Secrets an image may be used.
      - By default the kubelet is asked. It pulls nothing that is there and may be used with these Secrets.
    type: bool
    default: false
  owner:
    description:
      - The name of this declaration. Pods of it that an earlier run could not remove are removed first, so give each of several tasks that
        run at the same time in one namespace an owner of its own.
    type: str
    default: default
notes:
  - 'Rights that it needs: list on nodes; create, list, delete on pods; list on events; list on secrets, serviceaccounts.'
  - The role is in C(docs/rbac/image_prepull.yml), with what each verb is for,
    and R(the guide on rights,ansible_collections.regcred.kubernetes.docsite.guide_rights) says how to bind it.
  - In check mode no kubelet can be asked, so an image counts as present when the node's status lists it. See O(trust_node_images) for how
    far that goes.
  - Kubelets say by an event whether they pulled an image or had it. Without the right to list events, or where an event is lost, an image
    counts as pulled unless the node's status listed it before, and a refusal is believed only after the kubelet's second try.
  - Where the admission plugin C(AlwaysPullImages) is on, kubelets ask the registry each time, and each run counts as a change.
  - The right to list nodes, and to create, list and delete Pods in O(namespace), is needed. With the right to list ServiceAccounts and
    Secrets there, mistakes are found before a Pod is made, and secrets are recognised when a kubelet quotes them.
seealso:
  - module: regcred.kubernetes.pull_secret
  - module: regcred.kubernetes.service_account_link
  - module: regcred.kubernetes.image_pull_info
"""

EXAMPLES = r"""
- name: Bring the next release to all nodes
  regcred.kubernetes.image_prepull:
    images:
      - registry.example.com/shop/web:2.1
      - registry.example.com/shop/worker:2.1
    namespace: shop
    image_pull_secrets: [regcred]

- name: Fill new nodes of a pool before they are let in, with what the ServiceAccount pulls with
  regcred.kubernetes.image_prepull:
    images: [registry.example.com/shop/web:2.1]
    namespace: shop
    service_account: web
    node_selector: pool=build
    cordoned_nodes: include

- name: See which nodes of a large cluster would be asked
  regcred.kubernetes.image_prepull:
    images: [registry.example.com/shop/web:2.1]
    namespace: shop
    exclude_nodes: [gpu-*]
    parallelism: 32
    trust_node_images: true
  check_mode: true
"""

RETURN = r"""
msg:
  description: What came, or in check mode would come, of it, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "1 image on 12 nodes: 1 pulled"
nodes:
  description:
    - What was, or in check mode would be, done on each node that is not unchanged.
    - Of a task that fails, those that failed, unless O(rows_on_failure=all).
  returned: when the nodes could be read, and nothing was refused
  type: list
  elements: dict
  contains:
    node:
      description: Its name.
      type: str
      returned: always
    action:
      description: One of V(pulled), V(skipped), V(failed).
      type: str
      returned: always
    reason:
      description: Why. For a failure what the kubelet reported, and what to do.
      type: str
      returned: always
    images:
      description:
        - What became of each image, as C(image), C(action) and C(reason). The action is V(pulled), V(unchanged) or V(failed).
        - Empty for a node that was skipped.
      type: list
      elements: dict
      returned: always
  sample:
    - node: worker-1
      action: pulled
      reason: "registry.example.com/shop/web:2.1: pulled by the kubelet"
      images:
        - image: registry.example.com/shop/web:2.1
          action: pulled
          reason: pulled by the kubelet
summary:
  description: Number of nodes by action, V(unchanged) included.
  returned: when the nodes could be read, and nothing was refused
  type: dict
  sample: {pulled: 1, unchanged: 11, skipped: 0, failed: 0}
"""

import typing as t

from ..module_utils._domain.change import NODE
from ..module_utils._domain.cluster.names import check_namespace_name, check_object_name, is_glob
from ..module_utils._domain.cluster.node_selection import NodeSelection
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import SECONDS, ArgumentSpec, Bounds
from ..module_utils._edge.options.cluster import CLUSTER_SPEC, connect
from ..module_utils._edge.options.images import image_references
from ..module_utils._edge.options.namespaces import selector_from
from ..module_utils._edge.options.pull_secret import check_owner
from ..module_utils._edge.renderer import ROWS_SPEC, counted, outcome_of
from ..module_utils._edge.result import Outcome
from ..module_utils._edge.secrets import SecretRegister
from ..module_utils._node.ending import ends_when_asked, sleep
from ..module_utils._operations.prepull_images import PrepullTask, prepull_images

SPEC = (CLUSTER_SPEC + ROWS_SPEC) + ArgumentSpec(
    {
        "images": {"type": "list", "elements": "str", "required": True, "aliases": ["image"]},
        "namespace": {"type": "str", "default": "default"},
        "image_pull_secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "service_account": {"type": "str", "default": "default"},
        "nodes": {"type": "list", "elements": "str", "default": ["*"]},
        "node_selector": {"type": "str"},
        "exclude_nodes": {"type": "list", "elements": "str", "default": []},
        "cordoned_nodes": {"type": "str", "choices": ["skip", "include"], "default": "skip"},
        "parallelism": {"type": "int", "default": 8},
        "timeout": {"type": "int", "default": 600},
        "trust_node_images": {"type": "bool", "default": False},
        "owner": {"type": "str", "default": "default"},
    },
    bounds={"parallelism": Bounds(1, 256), "timeout": SECONDS},
)


def run(edge: Edge) -> Outcome:
    task = _task(edge.params, edge.secrets)
    with ends_when_asked():
        prepulled = prepull_images(
            connect(edge.params, edge.secrets, bounds_run=False), task, check_mode=edge.check_mode, sleep=sleep
        )
    return outcome_of(
        prepulled.results,
        prepulled.warnings,
        subject=f"{counted(len(task.images), 'image')} on {counted(len(prepulled.results), 'node')}",
        kind=NODE,
        rows_on_failure=edge.params["rows_on_failure"],
    )


def _task(params: t.Mapping[str, t.Any], secrets: SecretRegister) -> PrepullTask:
    image_references(params["images"], secrets)
    check_namespace_name(params["namespace"], where="namespace")
    check_object_name(params["service_account"], where="service_account")
    for option in ("image_pull_secrets", "nodes"):
        for index, name in enumerate(params[option]):
            if option != "nodes" or not is_glob(name):
                check_object_name(name, where=f"{option}[{index}]")
    check_owner(params["owner"])
    return PrepullTask(
        images=tuple(dict.fromkeys(params["images"])),
        nodes=NodeSelection(
            names=tuple(params["nodes"]),
            selector=selector_from(params, "node_selector"),
            excluded=tuple(params["exclude_nodes"]),
            with_cordoned=params["cordoned_nodes"] == "include",
        ),
        namespace=params["namespace"],
        secrets=tuple(dict.fromkeys(params["image_pull_secrets"])),
        service_account=params["service_account"],
        owner=params["owner"],
        parallelism=params["parallelism"],
        timeout=params["timeout"],
        trusts_nodes=params["trust_node_images"],
    )


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
