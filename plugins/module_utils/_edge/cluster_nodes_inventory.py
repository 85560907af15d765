# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory ``cluster_nodes``: from its options to the variables of hosts."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._domain.cluster.node import ADDRESS_TYPES
from .._domain.cluster.node_inventory import Facts, facts_of
from .._domain.errors import InvalidInput, RegcredError
from .._domain.masking.visible_text import visible
from .._domain.shown_names import quoted_name
from .._operations.observe import observe_nodes
from .mistyped import unknown_in
from .options.argument_spec import check_bounds
from .options.cluster import CLUSTER_SPEC, connect
from .secrets import SecretRegister
from .shown_options import for_result, misplaced_in

CLUSTER_OPTIONS = tuple(CLUSTER_SPEC.options)


class InventoryProblem(RegcredError):
    """Why there is no inventory; the text holds no secret."""


def check_keys(given: t.Mapping[str, t.Any], documented: t.Mapping[str, t.Any]) -> None:
    """
    Refuse keys of the file, and of items of lists in it, that Ansible ignores.

    Args:
        given: The file.
        documented: The documentation of its options, by name.

    Raises:
        RegcredError: naming them, and the options that were probably meant.
    """
    spec = {name: {**about, "options": about.get("suboptions")} for name, about in documented.items()}
    unknown = list(unknown_in(for_result(given, spec), spec))
    if unknown:
        raise RegcredError(" | ".join(unknown))


def check_address_types(types: t.Iterable[str]) -> None:
    """
    Refuse types that no node has.

    Raises:
        InvalidInput: naming the first.
    """
    for wanted in types:
        if wanted not in ADDRESS_TYPES:
            raise InvalidInput(
                "address_types", f"{quoted_name(wanted)} is none", f"use some of {', '.join(ADDRESS_TYPES)}"
            )


def read_facts(options: t.Mapping[str, t.Any], *, label_selector: str, field_selector: str) -> list[Facts]:
    """
    The variables of all nodes that are selected.

    Args:
        options: ``CLUSTER_OPTIONS``, ``None`` for what is not given; the environment counts as for modules.
        label_selector: As kubectl takes it, empty for all.
        field_selector: As kubectl takes it, empty for all.

    Raises:
        InventoryProblem: with what is wrong, and what to do.
    """
    secrets = SecretRegister()
    for option in ("api_key", "password"):
        secrets.add(options[option] or "")
    selectors = {"label_selector": label_selector, "field_selector": field_selector}
    for text in misplaced_in({**options, **selectors}, CLUSTER_SPEC.options):
        secrets.add(text)
    try:
        api = connect(_validated(options), secrets)
        nodes = observe_nodes(api, label_selector=label_selector, field_selector=field_selector)
        if not nodes:
            raise _no_node(label_selector=label_selector, field_selector=field_selector)
    except RegcredError as error:
        raise InventoryProblem(visible(secrets.mask().hide_in_own(str(error)))) from None
    return [facts_of(node) for node in nodes]


def _no_node(**selectors: str) -> InvalidInput:
    """An inventory without hosts is one that plays pass over, with a good end."""
    given = " and ".join(f"{name} {value!r}" for name, value in selectors.items() if value)
    if not given:
        return InvalidInput("nodes", "the cluster has no node", "name another cluster with kubeconfig and context")
    return InvalidInput("nodes", f"no node matches {given}", "correct it against kubectl get nodes --show-labels")


def _validated(options: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """What a module would make of these options."""
    together = [list(rule) for rule in CLUSTER_SPEC.required_together]
    given = {name: value for name, value in options.items() if value is not None}
    found = ArgumentSpecValidator(dict(CLUSTER_SPEC.options), required_together=together).validate(given)
    if found.error_messages:
        raise InvalidInput("options", "; ".join(found.error_messages), "correct the inventory file")
    parameters: dict[str, t.Any] = found.validated_parameters
    check_bounds(CLUSTER_SPEC.bounds, parameters)
    return parameters
