#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tenant
short_description: Onboard and offboard many tenants in one task
version_added: 0.1.0
description:
  - Gives each tenant its namespaces, a pull Secret with its own registries in each of them, and ServiceAccounts that are linked
    to it.
  - A namespace that is made here gets its ServiceAccounts from here, linked from birth, so no Pod starts too early.
  - However many tenants there are, the cluster is read once, and only what differs is written, several namespaces at once.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes
  - regcred.kubernetes._attributes.actiongroup_kubernetes
  - regcred.kubernetes._cluster
  - regcred.kubernetes._credentials
  - regcred.kubernetes._registries
  - regcred.kubernetes._accounts
  - regcred.kubernetes._accounts.missing
  - regcred.kubernetes._rows
options:
  tenants:
    description:
      - The tenants. What an item leaves out comes from the task's option of the same name.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The tenant's name, once in the list.
        type: str
        required: true
      namespaces:
        description:
          - Its namespaces. Left out, one that is named as the tenant is; with O(tenants[].state=absent), also those that
            remember the tenant, whatever they are called.
        type: list
        elements: str
      labels:
        description:
          - Labels of its namespaces. Other labels are kept.
        type: dict
      annotations:
        description:
          - Annotations of its namespaces. Other annotations are kept.
        type: dict
      secret_name:
        description:
          - Name of its pull Secret.
        type: str
      service_accounts:
        description:
          - The ServiceAccounts that are linked to the pull Secret.
        type: list
        elements: str
      registries:
        description:
          - Its own credentials, one a registry, in place of the task's.
        type: list
        elements: dict
        suboptions:
          registry:
            description:
              - The registry as it stands in image names, as for the task's own O(registries).
            type: str
            required: true
          username:
            description:
              - The user name.
            type: str
          password:
            description:
              - The password or token.
            type: str
          auth:
            description:
              - Base64 of C(username:password), in place of both.
            type: str
          email:
            description:
              - Written beside the credential; nothing reads it any more.
            type: str
          state:
            description:
              - V(absent) takes the registry out of what is there, where O(purge_registries=false).
            type: str
            choices: [present, absent]
            default: present
      config_json:
        description:
          - Its own ready docker config, in place of the task's credentials.
        type: json
      config_file:
        description:
          - Path of its own ready docker config, in place of the task's credentials.
        type: path
      state:
        description:
          - V(absent) offboards the tenant.
        type: str
        choices: [present, absent]
  secret_name:
    description:
      - Name of the pull Secret of tenants that do not say otherwise.
    type: str
    default: regcred
  labels:
    description:
      - Labels of the namespaces of tenants that do not say otherwise.
      - Neither labels nor annotations are set on a namespace that belongs to another O(owner), on V(default), and on one that
        begins with V(kube-), V(openshift-) or V(cattle-).
    type: dict
    default: {}
  annotations:
    description:
      - Annotations of the namespaces of tenants that do not say otherwise.
    type: dict
    default: {}
  state:
    description:
      - V(absent) offboards the tenants that do not say otherwise. Their ServiceAccounts are unlinked, and their pull Secrets
        are removed where they are ours.
      - Where the Secret does not exist, only links are taken away that this O(owner) made.
      - The label C(regcred.kubernetes/tenant) on pull Secrets, and on namespaces that are made here, is how namespaces remember
        their tenant. A tenant of whom nothing is found is a warning.
    type: str
    choices: [present, absent]
    default: present
  remove_namespaces:
    description:
      - Whether offboarding also removes the namespaces, B(with all that is in them).
      - Only namespaces that were made for this O(owner) and tenant are removed, and never V(default) or one that begins with
        V(kube-), V(openshift-) or V(cattle-). One that changed hands since it was looked at is kept, and fails.
    type: bool
    default: false
  prune_limit:
    description:
      - Refuse to offboard a tenant with more namespaces than this, 0 or more, that are found by their labels. Nothing of that tenant is
        changed, the others are offboarded, and the task fails.
      - Namespaces that are named are meant, and are not counted.
      - Each tenant is counted by itself, since tenants are named, and whoever may label a namespace could hold up all others.
    type: int
    default: 10
notes:
  - 'Rights that it needs: get, patch on namespaces; list, get, create, patch, delete on secrets; list, get, create, patch on
    serviceaccounts.'
  - The role is in C(docs/rbac/tenant.yml), with what each verb is for,
    and R(the guide on rights,ansible_collections.regcred.kubernetes.docsite.guide_rights) says how to bind it.
seealso:
  - module: regcred.kubernetes.pull_secret
  - module: regcred.kubernetes.service_account_link
"""

EXAMPLES = r"""
- name: Onboard two tenants
  regcred.kubernetes.tenant:
    tenants:
      - name: shop
        namespaces: [shop-dev, shop-prod]
        labels:
          cost-center: "4711"
        registries:
          - registry: registry.example.com/shop
            username: shop
            password: "{{ shop_password }}"
      - name: blog
        registries:
          - registry: registry.example.com/blog
            username: blog
            password: "{{ blog_password }}"

- name: Offboard one, with its namespaces
  regcred.kubernetes.tenant:
    tenants:
      - name: blog
    state: absent
    remove_namespaces: true
"""

RETURN = r"""
msg:
  description: What came, or in check mode would come, of it, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "2 tenants: 3 created"
namespaces:
  description:
    - What was, or in check mode would be, done in each namespace that is not unchanged.
    - Of a task that fails, those that failed, unless O(rows_on_failure=all).
  returned: always
  type: list
  elements: dict
  contains:
    tenant:
      description: The tenant's name.
      type: str
      returned: always
    namespace:
      description: The namespace's name.
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
    - tenant: blog
      namespace: blog
      action: created
      reason: >-
        Namespace blog: did not exist; Secret regcred: new, with registry.example.com/blog;
        ServiceAccount default: new, linked to regcred
summary:
  description: Number of namespaces by action, V(unchanged) included.
  returned: always
  type: dict
  sample: {created: 3, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0}
"""

import typing as t

from ..module_utils._domain.cluster.names import is_dns_label
from ..module_utils._domain.errors import InvalidInput
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import LIMIT, ArgumentSpec
from ..module_utils._edge.options.cluster import CLUSTER_SPEC, connect
from ..module_utils._edge.options.credentials import CREDENTIAL_SPEC, Declared, declared_credentials, register_urls
from ..module_utils._edge.options.pull_secret import (
    SECRET_SPEC,
    check_owner,
    checked_annotations,
    checked_labels,
    wanted_secret,
)
from ..module_utils._edge.options.service_accounts import ACCOUNT_SPEC, chosen_accounts
from ..module_utils._edge.renderer import ROWS_SPEC, outcome_of
from ..module_utils._edge.result import Outcome
from ..module_utils._operations.onboard_tenants import Tenant, TenantTask, manage_tenants

DEFAULT_SECRET_NAME = "regcred"

_ITEM_SPEC = CREDENTIAL_SPEC + ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "namespaces": {"type": "list", "elements": "str"},
        "labels": {"type": "dict"},
        "annotations": {"type": "dict"},
        "secret_name": {"type": "str"},
        "service_accounts": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": ["present", "absent"]},
    }
)

SPEC = (
    CLUSTER_SPEC
    + SECRET_SPEC
    + ACCOUNT_SPEC
    + ROWS_SPEC
    + ArgumentSpec(
        {
            "tenants": {"type": "list", "elements": "dict", "required": True, **_ITEM_SPEC.as_suboptions()},
            "labels": {"type": "dict", "default": {}},
            "annotations": {"type": "dict", "default": {}},
            "secret_name": {"type": "str", "default": DEFAULT_SECRET_NAME},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "remove_namespaces": {"type": "bool", "default": False},
            "prune_limit": {"type": "int", "default": 10},
        },
        bounds={"prune_limit": LIMIT},
        items={"tenants": "tenant"},
    )
)

_CREDENTIAL_OPTIONS = ("registries", "config_json", "config_file")


def run(edge: Edge) -> Outcome:
    params = edge.params
    for item in params["tenants"]:
        register_urls(item["registries"] or [], edge.secrets)
    check_owner(params["owner"])
    shared = declared_credentials(params, edge.secrets, form=params["type"])
    warnings = [*shared.warnings, *([] if params["tenants"] else ["tenants: is empty, so nothing was done"])]
    tenants = []
    for item in params["tenants"]:
        declared = _declared(edge, item, shared)
        warnings += declared.warnings if declared is not shared else []
        tenants.append(_tenant(params, item, declared))
    task = TenantTask(
        tuple(tenants),
        owner=params["owner"],
        remove_namespaces=params["remove_namespaces"],
        prune_limit=params["prune_limit"],
    )
    done = manage_tenants(connect(edge.params, edge.secrets), task, edge.marks, check_mode=edge.check_mode)
    subject = f"Tenant {tenants[0].name}" if len(tenants) == 1 else f"{len(tenants)} tenants"
    return outcome_of(
        done.results, warnings + done.warnings, subject=subject, rows_on_failure=params["rows_on_failure"]
    )


def _declared(edge: Edge, item: t.Mapping[str, t.Any], shared: Declared) -> Declared:
    if all(item[option] is None for option in _CREDENTIAL_OPTIONS):
        return shared
    return declared_credentials(item, edge.secrets, form=edge.params["type"], where=f"tenant {item['name']}")


def _tenant(params: t.Mapping[str, t.Any], item: t.Mapping[str, t.Any], declared: Declared) -> Tenant:
    where = f"tenant {item['name']}"
    if not item["name"].strip():
        raise InvalidInput("tenants: name", f"{item['name']!r} is blank", "give each tenant a name")
    present = _of_item_or_task(params, item, "state") == "present"
    if present and not declared.present:
        raise InvalidInput(f"{where}: registries", "is empty", "give the tenant, or the task, a registry")
    remembered = not present and item["namespaces"] is None
    namespaces = [item["name"]] if item["namespaces"] is None else item["namespaces"]
    if remembered and not is_dns_label(item["name"]):
        namespaces = []
    elif not namespaces:
        raise InvalidInput(f"{where}: namespaces", "is empty", "give one, or leave it out for one named as the tenant")
    return Tenant(
        name=item["name"],
        namespaces=tuple(dict.fromkeys(namespaces)),
        secret=wanted_secret(params, declared, _of_item_or_task(params, item, "secret_name"), {}, {}, where=where),
        accounts=chosen_accounts(params, _of_item_or_task(params, item, "service_accounts"), where=where),
        labels=checked_labels(_of_item_or_task(params, item, "labels"), where=f"{where}: labels"),
        annotations=checked_annotations(_of_item_or_task(params, item, "annotations"), where=f"{where}: annotations"),
        present=present,
        remembered=remembered,
    )


def _of_item_or_task(params: t.Mapping[str, t.Any], item: t.Mapping[str, t.Any], option: str) -> t.Any:
    """The option of the item, and where it is left out that of the task."""
    return params[option] if item[option] is None else item[option]


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
