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
      - Refuse to offboard a tenant with more namespaces than this that are found by their labels. Nothing of that tenant is
        changed, the others are offboarded, and the task fails.
      - Namespaces that are named are meant, and are not counted.
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
namespaces:
  description: What was, or in check mode would be, done in each namespace that is not unchanged.
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

from ..module_utils._edge.module import run_cluster_module
from ..module_utils._edge.tenant_module import TENANT_SPEC, run_tenant


def main() -> None:
    """Hand over."""
    run_cluster_module(TENANT_SPEC, run_tenant)


if __name__ == "__main__":
    main()
