#!/usr/bin/python
# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service_account_link
short_description: Link pull Secrets to ServiceAccounts without losing anybody's entry
version_added: 0.1.0
description:
  - Adds Secrets to the C(imagePullSecrets) (or C(secrets)) of ServiceAccounts in many namespaces, or takes them away.
  - The API replaces the whole list on every patch, so each write tests that the list is still the one that was read, and is
    planned anew when somebody was faster. Entries of others stay where they are; new ones go last; none is doubled.
  - Pods take the list when they are created, so those that run already keep theirs. A Pod that names its own
    C(imagePullSecrets) takes none from its ServiceAccount.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._attributes
  - regcred.kubernetes._attributes.actiongroup_kubernetes
  - regcred.kubernetes._cluster
  - regcred.kubernetes._namespaces
  - regcred.kubernetes._accounts
  - regcred.kubernetes._accounts.missing
  - regcred.kubernetes._accounts.choice
  - regcred.kubernetes._rows
options:
  secrets:
    description:
      - Names of the Secrets to link.
    type: list
    elements: str
    required: true
  missing_secret:
    description:
      - Whether a Secret that does not exist fails its namespace, or is linked with a warning.
      - In check mode it is a warning in either case, since an earlier task may be about to make it.
        M(regcred.kubernetes.pull_secret) with O(regcred.kubernetes.pull_secret#module:service_accounts) plans both.
      - Without the right to list Secrets it is not checked, which is a warning.
    type: str
    choices: [fail, warn]
    default: fail
  missing_namespace:
    description:
      - Whether a plain name in O(namespaces) that does not exist fails the task before anything is written, or is reported.
    type: str
    choices: [fail, skip]
    default: fail
  owner:
    description:
      - The name of this declaration. What it links is remembered in the annotation C(links.regcred.kubernetes/OWNER) of the
        ServiceAccount, and no other owner takes it away.
      - It also owns a ServiceAccount that O(missing_service_account=create) makes.
    type: str
    default: default
  prune_limit:
    description:
      - For O(state=absent), refuse to take away the links of more ServiceAccounts than this, 0 or more, before anything is written.
      - Namespaces that O(namespaces) names without a glob are meant, and are not counted.
      - It is one limit for the whole task.
    type: int
    default: 10
  state:
    description:
      - V(absent) takes the links away, whoever made them, but for those that another O(owner) made.
    type: str
    choices: [present, absent]
    default: present
notes:
  - 'Rights that it needs: list, get, create, patch on serviceaccounts; list on secrets.'
  - The role is in C(docs/rbac/service_account_link.yml), with what each verb is for,
    and R(the guide on rights,ansible_collections.regcred.kubernetes.docsite.guide_rights) says how to bind it.
seealso:
  - module: regcred.kubernetes.pull_secret
  - module: regcred.kubernetes.tenant
"""

EXAMPLES = r"""
- name: Let Pods of the default ServiceAccount pull with regcred
  regcred.kubernetes.service_account_link:
    namespaces: [shop-*]
    secrets: [regcred]

- name: Link all ServiceAccounts of the builders, for pulling and for mounting
  regcred.kubernetes.service_account_link:
    namespaces: [build]
    secrets: [regcred]
    service_accounts: ["*"]
    service_account_selector: role=builder
    usage: [pull, mount]

- name: Take an old Secret off every ServiceAccount
  regcred.kubernetes.service_account_link:
    namespaces: ["*"]
    secrets: [old-registry]
    service_accounts: ["*"]
    state: absent
"""

RETURN = r"""
msg:
  description: What came, or in check mode would come, of it, in one line for people; of a failure, why and what to do.
  returned: always
  type: str
  sample: "Links to regcred: 1 updated"
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
      description: One of V(created), V(updated), V(skipped), V(failed).
      type: str
      returned: always
    reason:
      description: Why.
      type: str
      returned: always
  sample:
    - namespace: team-a
      action: updated
      reason: "ServiceAccount default: imagePullSecrets:regcred added"
service_accounts:
  description: The same for each ServiceAccount in RV(namespaces) that is not unchanged, as C(namespace), C(name), C(action) and C(reason).
  returned: always
  type: list
  elements: dict
  sample:
    - namespace: team-a
      name: default
      action: updated
      reason: imagePullSecrets:regcred added
summary:
  description: Number of namespaces by action, V(unchanged) included.
  returned: always
  type: dict
  sample: {created: 0, updated: 1, deleted: 0, unchanged: 999, skipped: 0, failed: 0}
"""

from ..module_utils._domain.cluster.names import check_object_name
from ..module_utils._domain.cluster.service_account import WantedLinks
from ..module_utils._domain.errors import InvalidInput
from ..module_utils._domain.shown_names import shown_names
from ..module_utils._edge.harness import Edge, run_module
from ..module_utils._edge.options.argument_spec import LIMIT, ArgumentSpec
from ..module_utils._edge.options.cluster import CLUSTER_SPEC, connect
from ..module_utils._edge.options.namespaces import (
    NAMESPACE_SPEC,
    missing_namespace_spec,
    selection_from,
    selector_from,
)
from ..module_utils._edge.options.pull_secret import check_owner
from ..module_utils._edge.options.service_accounts import ACCOUNT_SPEC, CHOICE_SPEC, chosen_accounts, chosen_usages
from ..module_utils._edge.renderer import ROWS_SPEC, outcome_of
from ..module_utils._edge.result import Outcome
from ..module_utils._operations.link_service_accounts import LinkTask, manage_links

SPEC = (
    CLUSTER_SPEC
    + NAMESPACE_SPEC
    + missing_namespace_spec("fail", "skip")
    + ACCOUNT_SPEC
    + CHOICE_SPEC
    + ROWS_SPEC
    + ArgumentSpec(
        {
            "secrets": {"type": "list", "elements": "str", "required": True, "no_log": False},
            "missing_secret": {"type": "str", "choices": ["fail", "warn"], "default": "fail", "no_log": False},
            "owner": {"type": "str", "default": "default"},
            "prune_limit": {"type": "int", "default": 10},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        bounds={"prune_limit": LIMIT},
    )
)


def run(edge: Edge) -> Outcome:
    params = edge.params
    for index, name in enumerate(params["secrets"]):
        check_object_name(name, where=f"secrets[{index}]")
    if not params["secrets"]:
        raise InvalidInput("secrets", "is empty", "give at least one")
    check_owner(params["owner"])
    task = LinkTask(
        wanted=WantedLinks(
            secrets=tuple(dict.fromkeys(params["secrets"])),
            usages=chosen_usages(params),
            present=params["state"] == "present",
            owner=params["owner"],
        ),
        accounts=chosen_accounts(params, params["service_accounts"], selector_from(params, "service_account_selector")),
        selection=selection_from(params),
        missing_secret=params["missing_secret"],
        prune_limit=params["prune_limit"],
    )
    outcome = manage_links(connect(edge.params, edge.secrets), task, check_mode=edge.check_mode)
    return outcome_of(
        outcome.results,
        outcome.warnings,
        subject=f"Links to {shown_names(task.wanted.secrets)}",
        rows_on_failure=params["rows_on_failure"],
        object_rows={"service_accounts": "ServiceAccount"},
    )


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
