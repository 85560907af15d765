#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pull_secret
short_description: Keep a pull Secret in many namespaces, and link ServiceAccounts to it
version_added: 0.1.0
description:
  - Creates, updates, adopts, prunes and removes one pull Secret in all the namespaces that are selected, in one task.
  - Links ServiceAccounts to it, where O(service_accounts) is given. Secret and links are one plan a namespace, the links
    after the Secret, and before it when it goes.
  - A rotated password is changed in place, so no Pod ever finds the Secret missing.
  - What exists is read in bulk, and only what differs is written, several namespaces at once. One namespace's failure does not
    stop the others; the task fails at the end and tells each.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes
  - regcred.kubernetes._attributes.actiongroup_kubernetes
  - regcred.kubernetes._cluster
  - regcred.kubernetes._credentials
  - regcred.kubernetes._registries
  - regcred.kubernetes._namespaces
  - regcred.kubernetes._accounts.missing
  - regcred.kubernetes._accounts.choice
  - regcred.kubernetes._rows
options:
  name:
    description:
      - Name of the Secret.
    type: str
    required: true
  labels:
    description:
      - Labels of the Secret beside its owner's. Labels that it has already are kept.
    type: dict
    default: {}
  annotations:
    description:
      - Annotations of the Secret. Those that it has already are kept, but for a copy of the Secret that
        C(kubectl apply) leaves in one.
    type: dict
    default: {}
  service_accounts:
    description:
      - Names and globs of the ServiceAccounts to link, as M(regcred.kubernetes.service_account_link) does. Globs find what is
        there; plain names must exist.
      - Left out, links are left as they are, and no right on ServiceAccounts is needed. An empty list links none.
      - With O(state=absent), the links of these ServiceAccounts go before the Secret does, but for those that another O(owner)
        made. Where the Secret is somebody else's all stay, and where there is none those go that this O(owner) made.
      - With O(prune), the links of all ServiceAccounts go before the Secret does, whichever are given here.
    type: list
    elements: str
  missing_namespace:
    description:
      - What to do about a plain name in O(namespaces) that does not exist.
      - V(fail) fails the task before anything is written; V(skip) reports it; V(create) makes the namespace.
    type: str
    choices: [fail, skip, create]
    default: fail
  prune:
    description:
      - Remove the Secret, where it is ours, from namespaces that are not selected. Needs the right to list namespaces, and Secrets
        everywhere.
      - Namespaces in O(exclude_namespaces), V(default), and those that begin with V(kube-), V(openshift-) or V(cattle-) are left
        alone. What of the selection stands for no namespace fails the task, before anything is written.
      - Needs an O(owner) other than V(default), since all declarations that give none have that one.
    type: bool
    default: false
  prune_limit:
    description:
      - Refuse to remove the Secret, or links to it, from more namespaces than this, before anything is written, by O(prune) or
        by O(state=absent); 0 or more.
      - For O(state=absent), namespaces that O(namespaces) names without a glob are meant, and are not counted.
      - It is one limit for the whole task; that of M(regcred.kubernetes.tenant) is for each tenant.
    type: int
    default: 10
  state:
    description:
      - V(absent) removes the Secret from the selected namespaces where it is ours.
    type: str
    choices: [present, absent]
    default: present
notes:
  - 'Rights that it needs: list, get, create, patch, delete on secrets. With O(service_accounts) also: list, get, create, patch
    on serviceaccounts.'
  - The role is in C(docs/rbac/pull_secret.yml), with what each verb is for, and for links beside it C(docs/rbac/service_account_link.yml),
    and R(the guide on rights,ansible_collections.regcred.kubernetes.docsite.guide_rights) says how to bind it.
seealso:
  - module: regcred.kubernetes.service_account_link
  - module: regcred.kubernetes.pull_secret_info
  - module: regcred.kubernetes.tenant
"""

EXAMPLES = r"""
- name: Let all namespaces of the shop pull from the company's registry
  regcred.kubernetes.pull_secret:
    name: regcred
    namespaces: [shop-*]
    exclude_namespaces: [shop-sandbox]
    registries:
      - registry: registry.example.com
        username: puller
        password: "{{ registry_password }}"

- name: The same, and let Pods of the default ServiceAccount pull with it
  regcred.kubernetes.pull_secret:
    name: regcred
    namespaces: [shop-*]
    service_accounts: [default]
    registries:
      - registry: registry.example.com
        username: puller
        password: "{{ registry_password }}"

- name: Keep it out of the shop again, links first
  regcred.kubernetes.pull_secret:
    name: regcred
    namespaces: [shop-*]
    service_accounts: ["*"]
    state: absent

- name: Keep the Secret in a Rancher project, with two registries
  regcred.kubernetes.pull_secret:
    name: regcred
    rancher_project: c-m-abcde:p-xyz12
    registries:
      - registry: registry.example.com
        username: puller
        password: "{{ registry_password }}"
      - registry: docker.io
        username: example
        password: "{{ hub_token }}"

- name: Add one registry to a Secret that somebody else filled
  regcred.kubernetes.pull_secret:
    name: pull-secret
    namespaces: [build]
    purge_registries: false
    on_conflict: adopt
    registries:
      - registry: quay.io
        username: example+robot
        password: "{{ quay_token }}"

- name: Use what docker login wrote
  regcred.kubernetes.pull_secret:
    name: regcred
    namespaces: [default]
    config_file: ~/.docker/config.json

- name: Keep the Secret in the labelled namespaces and nowhere else
  regcred.kubernetes.pull_secret:
    name: regcred
    namespace_selector: registry=company
    owner: company
    prune: true
    registries:
      - registry: registry.example.com
        username: puller
        password: "{{ registry_password }}"
"""

RETURN = r"""
msg:
  description: What came, or in check mode would come, of it, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "Secret regcred: 2 created, 1 updated"
namespaces:
  description:
    - What was, or in check mode would be, done in each namespace that is not unchanged.
    - Of a task that fails, those that failed, unless O(rows_on_failure=all).
  returned: always
  type: list
  elements: dict
  contains:
    namespace:
      description: Its name.
      type: str
      returned: always
    action:
      description: One of V(created), V(updated), V(deleted), V(skipped), V(failed).
      type: str
      returned: always
    reason:
      description: Why, without secrets.
      type: str
      returned: always
  sample:
    - namespace: team-a
      action: updated
      reason: "Secret regcred: quay.io: password changed; ServiceAccount default: imagePullSecrets:regcred added"
summary:
  description: Number of namespaces by action, V(unchanged) included.
  returned: always
  type: dict
  sample: {created: 2, updated: 1, deleted: 0, unchanged: 997, skipped: 0, failed: 0}
"""

from ..module_utils._domain.errors import InvalidInput
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import LIMIT, ArgumentSpec
from ..module_utils._edge.options.cluster import CLUSTER_SPEC, connect
from ..module_utils._edge.options.credentials import declared_credentials, unused_credentials
from ..module_utils._edge.options.namespaces import NAMESPACE_SPEC, missing_namespace_spec, selection_from
from ..module_utils._edge.options.pull_secret import DEFAULT_OWNER, SECRET_SPEC, wanted_secret
from ..module_utils._edge.options.service_accounts import ACCOUNT_SPEC, CHOICE_SPEC, accounts_of_secret, chosen_usages
from ..module_utils._edge.renderer import ROWS_SPEC, outcome_of
from ..module_utils._edge.result import Outcome
from ..module_utils._operations.manage_pull_secrets import PullSecretTask, manage_pull_secrets

SPEC = (
    CLUSTER_SPEC
    + NAMESPACE_SPEC
    + missing_namespace_spec("fail", "skip", "create")
    + SECRET_SPEC
    + ACCOUNT_SPEC
    + CHOICE_SPEC
    + ROWS_SPEC
    + ArgumentSpec(
        {
            "service_accounts": {"type": "list", "elements": "str"},
            "name": {"type": "str", "required": True},
            "labels": {"type": "dict", "default": {}},
            "annotations": {"type": "dict", "default": {}},
            "prune": {"type": "bool", "default": False},
            "prune_limit": {"type": "int", "default": 10},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        bounds={"prune_limit": LIMIT},
        required_if=(("state", "present", ("registries", "config_json", "config_file"), True),),
    )
)


def run(edge: Edge) -> Outcome:
    params = edge.params
    present = params["state"] == "present"
    if present and params["prune"] and params["owner"] == DEFAULT_OWNER:
        problem = (
            f"is {DEFAULT_OWNER!r}, as for every task that gives none, so prune would take away the Secrets of others"
        )
        raise InvalidInput("owner", problem, "give this declaration a name of its own, such as owner: shop")
    declared = (
        declared_credentials(params, edge.secrets, form=params["type"])
        if present
        else unused_credentials(params, edge.secrets)
    )
    task = PullSecretTask(
        wanted=wanted_secret(params, declared, params["name"], params["labels"], params["annotations"]),
        selection=selection_from(params if present else dict(params, missing_namespace="skip"), may_create=True),
        accounts=accounts_of_secret(params),
        usages=chosen_usages(params),
        present=present,
        prune=params["prune"] and present,
        prune_limit=params["prune_limit"],
    )
    if present and not (declared.present or (declared.absent and not params["purge_registries"])):
        raise InvalidInput("registries", "is empty", "give a registry, or set state to absent to remove the Secret")
    done = manage_pull_secrets(connect(edge.params, edge.secrets), task, edge.marks, check_mode=edge.check_mode)
    linked = task.accounts is not None and task.accounts.names
    return outcome_of(
        done.results,
        [*declared.warnings, *done.warnings],
        subject=f"Secret {params['name']}{' and links to it' if linked else ''}",
        rows_on_failure=params["rows_on_failure"],
    )


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
