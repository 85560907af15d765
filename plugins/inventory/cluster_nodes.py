# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_nodes
short_description: The nodes of a Kubernetes cluster as hosts
version_added: 0.1.0
description:
  - Makes a host of each node of a cluster, with what its kubelet says of it, and groups by role, container runtime and readiness.
  - For playbooks that work on the nodes themselves, such as those that write registry credentials there.
  - The file's name must be C(cluster_nodes.yml) or C(cluster_nodes.yaml), or end in C(.cluster_nodes.yml) or C(.cluster_nodes.yaml).
  - Needs the right to list nodes, and nothing else.
  - An option in the file that does not exist is an error.
author:
  - regcred.kubernetes authors (@regcred)
extends_documentation_fragment:
  - regcred.kubernetes._cluster
  - constructed
  - inventory_cache
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices: [regcred.kubernetes.cluster_nodes]
  label_selector:
    description:
      - Only nodes with these labels, as C(kubectl get nodes --selector) takes it.
    type: str
  field_selector:
    description:
      - Only nodes with these fields, as C(kubectl get nodes --field-selector) takes it. The API server knows C(metadata.name) and
        C(spec.unschedulable).
    type: str
  address_types:
    description:
      - Which of a node's addresses becomes C(ansible_host). The first address of the first of these types that the node has any of.
      - The types are V(InternalIP), V(ExternalIP), V(Hostname), V(InternalDNS) and V(ExternalDNS).
      - A node that has none of them gets no C(ansible_host), and an empty list gives none to any. Its name is then what is
        connected to.
    type: list
    elements: str
    default: [InternalIP, ExternalIP, Hostname]
notes:
  - 'Rights that it needs: list on nodes.'
  - The role is in C(docs/rbac/cluster_nodes.yml), with what each verb is for,
    and R(the guide on rights,ansible_collections.regcred.kubernetes.docsite.guide_rights) says how to bind it.
  - Every node is in the group C(cluster_nodes); in C(node_ready) or C(node_not_ready); in C(node_role_ROLE) for each of its roles, as
    C(kubectl get nodes) shows them; and in C(node_runtime_RUNTIME). Characters that a group's name may not have become C(_), so that a
    control plane is in C(node_role_control_plane).
  - Nodes without a role are in C(node_role_worker), as everybody calls them.
  - More groups are made with O(keyed_groups) and O(groups).
  - The variables of a host are C(cluster_node_name), C(cluster_node_addresses) (lists by type), C(cluster_node_roles),
    C(cluster_node_ready), C(cluster_node_unschedulable), C(cluster_node_labels), C(cluster_node_taints) (a list of C(key), C(value) and
    C(effect)), C(cluster_node_runtime), C(cluster_node_runtime_version), C(cluster_node_kubelet_version),
    C(cluster_node_operating_system), C(cluster_node_os_image), C(cluster_node_kernel_version) and C(cluster_node_architecture).
  - What nodes say of themselves is never taken for a template.
  - A cluster that cannot be reached, that does not allow to list nodes, or of which no node is selected, is an error. Ansible makes a
    warning of the errors of inventories, and a play without hosts ends well; set C(any_unparsed_is_failed) to V(true) in the section
    C(inventory) of C(ansible.cfg), or the environment variable E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED), to have it end the run.
    The playbooks of this collection fail without hosts in any case.
seealso:
  - module: regcred.kubernetes.image_prepull
"""

EXAMPLES = r"""
# All nodes of the cluster that K8S_AUTH_KUBECONFIG or KUBECONFIG names.
plugin: regcred.kubernetes.cluster_nodes
---
# Linux nodes of one cluster, reached by their external addresses, and grouped by pool, zone and architecture.
plugin: regcred.kubernetes.cluster_nodes
kubeconfig: /etc/regcred/production.kubeconfig
context: production
label_selector: kubernetes.io/os=linux
address_types: [ExternalIP, ExternalDNS]
keyed_groups:
  # All labels, as groups such as label_example_com_pool_build.
  - prefix: label
    key: cluster_node_labels
  # One label, as groups such as zone_eu_1a.
  - prefix: zone
    key: cluster_node_labels['topology.kubernetes.io/zone'] | default('')
  - prefix: arch
    key: cluster_node_architecture
groups:
  cordoned: cluster_node_unschedulable
compose:
  ansible_user: "'core' if 'CoreOS' in cluster_node_os_image else 'admin'"
"""

import typing as t
from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._domain.cluster.node_inventory import Facts, address_in, groups_of, name_in
from ..module_utils._domain.errors import RegcredError
from ..module_utils._edge.cluster_nodes_inventory import CLUSTER_OPTIONS, check_address_types, check_keys, read_facts

FILES = ("cluster_nodes.yml", "cluster_nodes.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Hand over. The base classes give no types, so that ``self`` is anything."""

    NAME = "regcred.kubernetes.cluster_nodes"

    def verify_file(self: t.Any, path: str) -> t.Any:
        """Whether a file is for this plugin, by its name."""
        name, base = Path(path).name, t.cast("t.Any", super())
        return base.verify_file(path) and (name in FILES or name.endswith(tuple(f".{each}" for each in FILES)))

    def parse(self: t.Any, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:  # noqa: FBT001, FBT002  # ansible's signature
        """Make a host of each node, named as the node; an ``AnsibleParserError`` names the file."""
        super().parse(inventory, loader, path, cache)
        given = self._read_config_data(path)
        try:
            check_keys(given, self.option_definitions)
            address_types = self.get_option("address_types")
            check_address_types(address_types)
            nodes = self._nodes(path, cache=cache)
        except RegcredError as error:
            raise AnsibleParserError(f"{path}: {error}") from None
        for facts in nodes:
            self._add_host(facts, address_types)

    def _nodes(self: t.Any, path: str, *, cache: bool) -> list[Facts]:
        if not self.get_option("cache"):
            return t.cast("list[Facts]", self._read())
        key = self.get_cache_key(path)
        if cache and key in self._cache:
            cached: list[Facts] = self._cache[key]
            return cached
        read: list[Facts] = self._read()
        self._cache[key] = read
        return read

    def _read(self: t.Any) -> list[Facts]:
        return read_facts(
            {name: self.get_option(name) for name in CLUSTER_OPTIONS},
            label_selector=self.get_option("label_selector") or "",
            field_selector=self.get_option("field_selector") or "",
        )

    def _add_host(self: t.Any, facts: Facts, address_types: t.Sequence[str]) -> None:
        host = name_in(facts)
        self.inventory.add_host(host)
        address = address_in(facts, address_types)
        # Up to ansible-core 2.18 a variable is a template unless it is marked.
        variables = wrap_var({**facts, **({"ansible_host": address} if address else {})})
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        for group in groups_of(facts):
            self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), host)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)
