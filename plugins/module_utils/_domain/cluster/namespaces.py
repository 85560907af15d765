# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which namespaces a declaration is about: names, globs, labels, a Rancher project, less the exclusions."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ..errors import InvalidInput
from ..shown_names import shown_names
from .names import NamePatterns, check_namespace_name, is_glob

RANCHER_PROJECT = "field.cattle.io/projectId"
_PROTECTED = NamePatterns(("default", "kube-*", "openshift-*", "cattle-*"))
_GLOB = re.compile(r"[-a-z0-9*?\[\]!]+")
_PROJECT = re.compile(r"[^\s:]+(:[^\s:]+)?")

MissingPolicy = t.Literal["fail", "skip", "create"]


@dataclass(frozen=True)
class Namespace:
    """
    A namespace as it was found.

    Attributes:
        is_terminating: It is being deleted, and takes nothing new.
        uid: Empty where it could not be read.
        resource_version: Empty where it could not be read.
    """

    name: str
    labels: t.Mapping[str, str] = field(default_factory=dict)
    annotations: t.Mapping[str, str] = field(default_factory=dict)
    is_terminating: bool = False
    uid: str = ""
    resource_version: str = ""


@dataclass(frozen=True)
class NamespaceSelection:
    """
    What the user asks for. All that is given must hold; at least one of the first three is given.

    Attributes:
        names: Names and globs (``*``, ``?``, ``[...]``).
        selector: A label selector as kubectl takes it; the API server reads it.
        rancher_project: ``cluster:project`` or the project alone.
        excluded: Globs; they win over everything.
        missing: What to do about a plain name that does not exist.
        may_create: Whether the task can make such a namespace, if it is asked to.
    """

    names: tuple[str, ...] = ()
    selector: str = ""
    rancher_project: str = ""
    excluded: tuple[str, ...] = ()
    missing: MissingPolicy = "fail"
    may_create: bool = False

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

    Attributes:
        existing: Namespaces to work on, by name.
        terminating: Names that are selected and being deleted.
        missing: Plain names that do not exist.
        unmatched: Plain names that exist and do not match the selector or the project.
        nothing: What of the selection stands for no namespace, as clauses that name the option and its value.
        listed: All namespaces that a list showed, ``None`` where there was none.
    """

    existing: tuple[Namespace, ...]
    terminating: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    listed: tuple[Namespace, ...] | None = None


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
    check_selector(selection.selector, where="namespace_selector")
    if selection.rancher_project and not _PROJECT.fullmatch(selection.rancher_project):
        raise InvalidInput(
            "rancher_project",
            f"{selection.rancher_project!r} cannot be a project",
            "give it as c-m-abcde:p-xyz12 or p-xyz12",
        )
    for option, patterns in (("namespaces", selection.names), ("exclude_namespaces", selection.excluded)):
        for index, pattern in enumerate(patterns):
            if not is_glob(pattern):
                check_namespace_name(pattern, where=f"{option}[{index}]")
            elif not _GLOB.fullmatch(pattern):
                raise InvalidInput(
                    f"{option}[{index}]",
                    f"{pattern!r} can match no namespace",
                    "use lower-case letters, digits and '-' beside *, ? and [...]",
                )


def check_selector(selector: str, *, where: str) -> None:
    """
    Refuse a label selector that is blank or has a blank part: the API server takes a blank one for everything.

    Args:
        selector: As kubectl takes it; empty for none.

    Raises:
        InvalidInput: naming the option.
    """
    without_sets = re.sub(r"\([^)]*\)", "()", selector)
    if selector and not all(part.strip() for part in without_sets.split(",")):
        raise InvalidInput(
            where,
            f"{selector!r} has a blank part, which selects everything",
            "write out what it selects, or leave it out",
        )


def check_removals(what: str, places: t.Sequence[str], limit: int) -> None:
    """
    Refuse to remove more than was meant, from places that were not written out.

    Args:
        what: What goes, such as ``Secrets regcred``.
        limit: The option ``prune_limit``.

    Raises:
        InvalidInput: There are more places than that.
    """
    if len(places) > limit:
        raise InvalidInput(
            "prune_limit",
            f"{len(places)} {what} would be removed, and {limit} is the limit ({shown_names(places)})",
            "raise prune_limit if that is right",
        )


def select_namespaces(
    selection: NamespaceSelection, found: t.Iterable[Namespace], matching: t.Collection[str] | None = None
) -> SelectedNamespaces:
    """
    Apply a selection.

    Args:
        selection: What the user asks for.
        found: All namespaces that are there (at least those that could be selected).
        matching: The names that match the label selector, ``None`` without one.
    """
    by_name = {namespace.name: namespace for namespace in found}
    nothing = _unmatched_parts(selection, by_name, matching)
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
    missing = tuple(name for name in plain_names if name not in by_name)
    if not (chosen or missing or nothing):
        nothing = ("namespaces: none is left that matches all that is given and is not excluded",)
    return SelectedNamespaces(
        existing=tuple(sorted((each for each in chosen if not each.is_terminating), key=lambda each: each.name)),
        terminating=tuple(sorted(each.name for each in chosen if each.is_terminating)),
        missing=missing,
        unmatched=tuple(name for name in plain_names if name in by_name and name not in names),
        nothing=nothing,
    )


def _unmatched_parts(
    selection: NamespaceSelection, found: t.Mapping[str, Namespace], matching: t.Collection[str] | None
) -> tuple[str, ...]:
    unmatched = [
        f"namespaces: no namespace matches {glob!r}"
        for glob in dict.fromkeys(filter(is_glob, selection.names))
        if not any(map(NamePatterns((glob,)).match, found))
    ]
    if matching is not None and not matching:
        unmatched.append(f"namespace_selector: no namespace matches {selection.selector!r}")
    project = selection.rancher_project
    if project and not any(_is_in_project(namespace, project) for namespace in found.values()):
        unmatched.append(f"rancher_project: no namespace is in {project!r}")
    return tuple(unmatched)


def is_protected(name: str) -> bool:
    """Whether a namespace is one that is never removed or labelled, and from which nothing is pruned."""
    return _PROTECTED.match(name)


def _is_in_project(namespace: Namespace, project: str) -> bool:
    assigned = namespace.annotations.get(RANCHER_PROJECT, "")
    return not project or assigned == project or (":" not in project and assigned.rpartition(":")[2] == project)
