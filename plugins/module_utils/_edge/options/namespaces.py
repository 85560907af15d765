# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say which namespaces."""

from __future__ import annotations

import typing as t

from ..._domain.cluster.namespaces import NamespaceSelection, check_selector
from ..._domain.errors import InvalidInput
from .argument_spec import ArgumentSpec

NAMESPACE_SPEC = ArgumentSpec(
    {
        "namespaces": {"type": "list", "elements": "str", "aliases": ["namespace"]},
        "namespace_selector": {"type": "str"},
        "exclude_namespaces": {"type": "list", "elements": "str", "default": []},
        "rancher_project": {"type": "str"},
    },
    required_one_of=(("namespaces", "namespace_selector", "rancher_project"),),
)


def missing_namespace_spec(*choices: str) -> ArgumentSpec:
    """The option for plain names that do not exist; the first choice is the default."""
    option = {"type": "str", "choices": list(choices), "default": choices[0]}
    return ArgumentSpec({"missing_namespace": option})


def selector_from(params: t.Mapping[str, t.Any], option: str) -> str:
    """
    A label selector, empty where the option is not given.

    Raises:
        InvalidInput: It is given and blank, which would select everything.
    """
    selector = params[option]
    if selector == "":
        raise InvalidInput(option, "is empty, which selects everything", "write out what it selects, or leave it out")
    check_selector(selector or "", where=option)
    return selector or ""


def selection_from(params: t.Mapping[str, t.Any], *, may_create: bool = False) -> NamespaceSelection:
    """
    The selection that the options of ``NAMESPACE_SPEC`` describe.

    Raises:
        InvalidInput: The selector is blank, or cannot be one.
    """
    return NamespaceSelection(
        names=tuple(params["namespaces"] or ()),
        selector=selector_from(params, "namespace_selector"),
        rancher_project=params["rancher_project"] or "",
        excluded=tuple(params["exclude_namespaces"]),
        missing=params["missing_namespace"],
        may_create=may_create,
    )
