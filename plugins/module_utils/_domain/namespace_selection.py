# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which namespaces a declaration is about: names, globs, labels, a Rancher project, less the exclusions."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubernetes_names import check_namespace_name
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.name_patterns import NamePatterns, is_glob

RANCHER_PROJECT = "field.cattle.io/projectId"
_PROTECTED = NamePatterns(("default", "kube-*", "openshift-*", "cattle-*"))

MissingPolicy = t.Literal["fail", "skip", "create"]


@dataclass(frozen=True)
class Namespace:
    """A namespace as it was found. ``is_terminating``: it is being deleted, and takes nothing new."""

    name: str
    labels: t.Mapping[str, str] = field(default_factory=dict)
    annotations: t.Mapping[str, str] = field(default_factory=dict)
    is_terminating: bool = False


@dataclass(frozen=True)
class NamespaceSelection:
    """
    What the user said. All that is given must hold; at least one of the first three is given.

    Args:
        names: Names and globs (``*``, ``?``, ``[...]``).
        selector: A label selector as kubectl takes it; the API server reads it.
        rancher_project: ``cluster:project`` or the project alone.
        excluded: Globs; they win over everything.
        missing: What to do about a plain name that does not exist.
    """

    names: tuple[str, ...] = ()
    selector: str = ""
    rancher_project: str = ""
    excluded: tuple[str, ...] = ()
    missing: MissingPolicy = "fail"

    @property
    def plain_names(self) -> tuple[str, ...]:
        """The names that are no globs, each once, less the excluded."""
        excluded = NamePatterns(self.excluded)
        plain = dict.fromkeys(name for name in self.names if not is_glob(name))
        return tuple(name for name in plain if not excluded.match(name))

    @property
    def needs_list(self) -> bool:
        """Whether the namespaces of the cluster must be listed to know what is selected."""
        return bool(self.selector or self.rancher_project or any(is_glob(name) for name in self.names))


@dataclass(frozen=True)
class SelectedNamespaces:
    """
    What a selection comes to.

    Args:
        existing: Namespaces to work on, by name.
        terminating: Names that are selected and being deleted.
        missing: Plain names that do not exist.
        unmatched: Plain names that exist and do not match the selector or the project.
    """

    existing: tuple[Namespace, ...]
    terminating: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


def check_selection(selection: NamespaceSelection) -> None:
    """
    Refuse a selection that cannot select.

    Raises:
        InvalidInput: naming the option.
    """
    if not (selection.names or selection.selector or selection.rancher_project):
        raise InvalidInput(
            "namespaces", "no namespace is selected", "give namespaces, namespace_selector or rancher_project"
        )
    for index, name in enumerate(selection.names):
        if not is_glob(name):
            check_namespace_name(name, where=f"namespaces[{index}]")


def select_namespaces(
    selection: NamespaceSelection, found: t.Iterable[Namespace], matching: t.Collection[str] | None = None
) -> SelectedNamespaces:
    """
    Apply a selection.

    Args:
        selection: What the user said.
        found: All namespaces that are there (at least those that could be selected).
        matching: The names that match the label selector, ``None`` without one.
    """
    by_name = {namespace.name: namespace for namespace in found}
    named, excluded = NamePatterns(selection.names), NamePatterns(selection.excluded)
    chosen = [
        namespace
        for name, namespace in by_name.items()
        if (not named or named.match(name))
        and not excluded.match(name)
        and (matching is None or name in matching)
        and _is_in_project(namespace, selection.rancher_project)
    ]
    plain_names = selection.plain_names
    names = {namespace.name for namespace in chosen}
    return SelectedNamespaces(
        existing=tuple(sorted((each for each in chosen if not each.is_terminating), key=lambda each: each.name)),
        terminating=tuple(sorted(each.name for each in chosen if each.is_terminating)),
        missing=tuple(name for name in plain_names if name not in by_name),
        unmatched=tuple(name for name in plain_names if name in by_name and name not in names),
    )


def is_protected(name: str) -> bool:
    """Whether a namespace is one that is never removed."""
    return _PROTECTED.match(name)


def _is_in_project(namespace: Namespace, project: str) -> bool:
    assigned = namespace.annotations.get(RANCHER_PROJECT, "")
    return not project or assigned == project or (":" not in project and assigned.rpartition(":")[2] == project)
