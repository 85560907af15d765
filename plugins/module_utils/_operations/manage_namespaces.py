# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces: which of them a declaration is about, and how a missing one is made."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .._domain.change import NO_SUCH_NAMESPACE, Change, PlaceResult, failed_change, skipped_namespace
from .._domain.cluster.namespaces import (
    Namespace,
    NamespaceSelection,
    SelectedNamespaces,
    check_selection,
    is_protected,
    select_namespaces,
)
from .._domain.cluster.ownership import TENANT, owner_of, ownership_labels
from .._domain.errors import InvalidInput
from .._domain.shown_names import shown_names
from .._kube.api import NAMESPACES, KubeApi, namespace_path
from .._kube.errors import AlreadyExists, Forbidden, NotFound
from .._kube.objects import namespace_from
from .carry_out import Step, check_changed, write_beside_others
from .check_permissions import Permission

PROJECT_REQUESTS = "/apis/project.openshift.io/v1/projectrequests"
"""Where OpenShift lets users make namespaces who may not create them."""

PROJECTS = "/apis/project.openshift.io/v1/projects"
"""Where OpenShift shows users their namespaces who may not list all."""


@dataclass
class TaskOutcome:
    """What came of a task: results by namespace, and what the user should know beside them."""

    results: list[PlaceResult] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def find_namespaces(api: KubeApi, selection: NamespaceSelection) -> SelectedNamespaces:
    """
    What a selection comes to on this cluster.

    A user who may not list namespaces is asked for OpenShift's projects instead, which are those that are theirs. Where
    there are none, they can name namespaces: then each is read by itself, and one that may not be read either is taken
    to be there.

    Raises:
        InvalidInput: Nothing can be selected that way, or a name does not exist and ``missing`` says fail.
        ApiError: as the API server says.
    """
    check_selection(selection)
    try:
        found, matching = _listed(api, NAMESPACES, selection.selector)
        selected = replace(select_namespaces(selection, found, matching), listed=tuple(found))
    except Forbidden as refusal:
        selected = _found_otherwise(api, selection, refusal)
    if selected.missing and selection.missing == "fail":
        raise InvalidInput(
            "namespaces",
            f"there is no namespace {shown_names(selected.missing)}",
            "correct the name, create it first, or set missing_namespace to skip"
            + (" or create" if selection.may_create else ""),
        )
    return selected


def _listed(api: KubeApi, path: str, selector: str) -> tuple[list[Namespace], set[str] | None]:
    """All namespaces of a collection, and the names of those that match the selector, if there is one."""
    found = [namespace_from(item) for item in api.list_all(path, metadata_only=True)]
    if not selector:
        return found, None
    items = api.list_all(path, label_selector=selector, metadata_only=True)
    return found, {item["metadata"]["name"] for item in items}


def _found_otherwise(api: KubeApi, selection: NamespaceSelection, refusal: Forbidden) -> SelectedNamespaces:
    try:
        found, matching = _listed(api, PROJECTS, selection.selector)
        return replace(select_namespaces(selection, found, matching), listed=tuple(found))
    except (Forbidden, NotFound):  # no OpenShift
        pass
    if selection.needs_list:
        raise InvalidInput(
            "namespaces",
            f"globs, selectors and projects need the right to list namespaces ({refusal.message})",
            "grant it, or give plain names",
        ) from refusal
    read = api.at_once(lambda name: _read(api, name), selection.plain_names)
    return select_namespaces(selection, [each for each in read if each])


def unmatched_warnings(selected: SelectedNamespaces, selection: NamespaceSelection) -> list[str]:
    """What of a selection stands for nothing, and is skipped for that: a misspelt name looks the same."""
    warnings = list(selected.nothing)
    if selection.missing == "skip" and selected.missing:
        warnings.append(f"namespaces: there is no namespace {shown_names(selected.missing)}")
    return warnings


def skipped_results(selected: SelectedNamespaces, selection: NamespaceSelection) -> list[PlaceResult]:
    """A result for each namespace that was named and is left alone."""
    results = [skipped_namespace(name, "the namespace is being deleted") for name in selected.terminating]
    results += [skipped_namespace(name, "the selector or the project does not match") for name in selected.unmatched]
    if selection.missing == "skip":
        results += [skipped_namespace(name, NO_SUCH_NAMESPACE) for name in selected.missing]
    return results


def creation_step(
    api: KubeApi,
    name: str,
    owner: str,
    labels: t.Mapping[str, str] | None = None,
    annotations: t.Mapping[str, str] | None = None,
) -> Step:
    """A namespace that is not there yet, made ours."""
    metadata = {
        "name": name,
        "labels": {**(labels or {}), **ownership_labels(owner)},
        "annotations": dict(annotations or {}),
    }
    change = Change(
        "Namespace",
        name,
        "created",
        "did not exist",
        after={"labels": metadata["labels"], "annotations": metadata["annotations"]},
    )
    return Step(change, lambda: _create(api, change, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}))


def metadata_step(
    api: KubeApi,
    namespace: Namespace,
    owner: str,
    labels: t.Mapping[str, str],
    annotations: t.Mapping[str, str],
    own_labels: t.Mapping[str, str],
) -> Step:
    """
    Labels and annotations that a namespace is missing; those of others stay.

    Args:
        own_labels: Labels beside ``labels`` for a namespace that is this owner's.
    """

    def plan(current: Namespace) -> _MetadataPlan:
        ours = owner_of(current.labels) == owner and not is_protected(current.name)
        wanted = {"labels": {**labels, **(own_labels if ours else {})}, "annotations": annotations}
        return _plan_metadata(current, owner, wanted)

    def write(planned: _MetadataPlan) -> None:
        if planned.change.action == "updated":
            check_changed(api.merge_patch(path, {"metadata": planned.patch}), planned.patch["resourceVersion"])

    path = namespace_path(namespace.name)
    first = plan(namespace)

    def apply() -> Change:
        return write_beside_others(
            first,
            write,
            lambda: plan(namespace_from(api.get(path))),
            is_done=lambda _plan, again: again.change.action == "unchanged",
        )

    return Step(first.change, apply, _needs("patch", namespace.name))


class _MetadataPlan(t.NamedTuple):
    """What becomes of a namespace's labels and annotations, and the merge patch of its metadata that does it."""

    change: Change
    patch: t.Mapping[str, t.Any]


def _plan_metadata(namespace: Namespace, owner: str, wanted: t.Mapping[str, t.Mapping[str, str]]) -> _MetadataPlan:
    present = {"labels": namespace.labels, "annotations": namespace.annotations}
    missing = {
        section: {key: value for key, value in wanted[section].items() if present[section].get(key) != value}
        for section in wanted
    }
    missing = {section: values for section, values in missing.items() if values}
    if not missing:
        return _MetadataPlan(Change("Namespace", namespace.name, "unchanged"), {})
    before = {section: {key: present[section].get(key) for key in values} for section, values in missing.items()}
    reasons = [f"{key} set" for values in missing.values() for key in values]
    change = Change("Namespace", namespace.name, "updated", ", ".join(reasons), before=before, after=missing)
    refusal = _why_not_labelled(namespace, owner)
    if refusal:
        return _MetadataPlan(failed_change(change, refusal), {})
    return _MetadataPlan(change, {**missing, "resourceVersion": namespace.resource_version})


def _why_not_labelled(namespace: Namespace, owner: str) -> str:
    if is_protected(namespace.name):
        return "is protected and gets no labels or annotations; leave them out for it"
    found = owner_of(namespace.labels)
    if found not in (None, owner):
        return f"belongs to the owner {found!r}, who alone sets its labels and annotations; use that owner, or leave them out"
    if not namespace.uid:
        return (
            f"the user may not get namespaces {namespace.name}, so nobody knows whose it is;"
            " grant the verb, or leave labels and annotations out"
        )
    return ""


def why_not_removed(namespace: Namespace, owner: str, own_labels: t.Mapping[str, str], *, is_named: bool) -> str:
    """
    Why a namespace is not to be removed for a tenant of this owner with these labels, empty when it is.

    One that nobody named has to remember the tenant itself: labels on a Secret in it are no word on the namespace.
    """
    if is_protected(namespace.name):
        return "is protected"
    if owner_of(namespace.labels) != owner:
        return "was not made for this owner"
    if TENANT not in namespace.labels and not is_named:
        return "does not remember the tenant; name it to remove it"
    if namespace.labels.get(TENANT, own_labels[TENANT]) != own_labels[TENANT]:
        return f"belongs to the tenant {namespace.labels[TENANT]!r}"
    return ""


def removal_step(
    api: KubeApi, namespace: Namespace, owner: str, own_labels: t.Mapping[str, str], *, is_named: bool
) -> Step:
    """A namespace that goes, with all that is in it, if it is still the one that was looked at."""

    def why_not(current: Namespace) -> str:
        return why_not_removed(current, owner, own_labels, is_named=is_named)

    why = why_not(namespace)
    if why:
        kept = Change("Namespace", namespace.name, "skipped", f"kept: {why}")
        return Step(kept, lambda: kept)
    before = {"labels": dict(namespace.labels)}
    change = Change("Namespace", namespace.name, "deleted", "with all that is in it", before=before)
    path = namespace_path(namespace.name)

    def write(plan: _RemovalPlan) -> None:
        if plan.going:
            api.delete(path, uid=plan.going.uid, resource_version=plan.going.resource_version)

    def plan_again() -> _RemovalPlan:
        current = _read_again(api, path)
        if current is None:
            return _RemovalPlan(change)
        why = why_not(current) or ("was made again" if current.uid != namespace.uid else "")
        if why:
            return _RemovalPlan(failed_change(change, f"kept: {why} since it was looked at; run again"))
        return _RemovalPlan(change, None if current.is_terminating else current)

    first = _RemovalPlan(change, None if namespace.is_terminating else namespace)

    def apply() -> Change:
        return write_beside_others(first, write, plan_again, is_done=lambda _plan, again: again == _RemovalPlan(change))

    return Step(change, apply, _needs("delete", namespace.name))


class _RemovalPlan(t.NamedTuple):
    """What becomes of a namespace, and the one to delete, if any is left to."""

    change: Change
    going: Namespace | None = None


def _needs(verb: str, name: str) -> tuple[Permission, ...]:
    """With ``get``, since on a conflict the namespace is read again."""
    return tuple(Permission(each, "namespaces", name, name) for each in ("get", verb))


def _read_again(api: KubeApi, path: str) -> Namespace | None:
    try:
        return namespace_from(api.get(path))
    except NotFound:
        return None


def _read(api: KubeApi, name: str) -> Namespace | None:
    try:
        return namespace_from(api.get(namespace_path(name)))
    except NotFound:
        return None
    except Forbidden:
        return Namespace(name)


def _create(api: KubeApi, change: Change, manifest: t.Mapping[str, t.Any]) -> Change:
    try:
        api.create(NAMESPACES, manifest)
    except AlreadyExists as error:
        if error.was_repeated and _is_as_made(api, manifest["metadata"]):
            return change
        return replace(change, action="unchanged", reason="made by another writer")
    except Forbidden as error:
        return _request_project(api, change, manifest["metadata"], error)
    return change


def _is_as_made(api: KubeApi, metadata: t.Mapping[str, t.Any]) -> bool:
    """Whether a namespace is there as the request whose answer was lost was to make it."""
    try:
        found = namespace_from(api.get(namespace_path(metadata["name"])))
    except (Forbidden, NotFound):
        return True  # who may not look can only believe it
    return all(found.labels.get(key) == value for key, value in metadata["labels"].items())


def _request_project(api: KubeApi, change: Change, metadata: t.Mapping[str, t.Any], refusal: Forbidden) -> Change:
    name = metadata["name"]
    request = {"apiVersion": "project.openshift.io/v1", "kind": "ProjectRequest", "metadata": {"name": name}}
    try:
        api.create(PROJECT_REQUESTS, request)
    except (Forbidden, NotFound):  # no OpenShift: rights are checked before it turns out that there is no such kind
        raise refusal from None
    except AlreadyExists as error:
        if not error.was_repeated:
            return replace(change, action="unchanged", reason="made by another writer")
    try:
        api.merge_patch(namespace_path(name), {"metadata": {key: metadata[key] for key in ("labels", "annotations")}})
    except Forbidden:
        return replace(change, reason="requested as an OpenShift project, whose labels this user may not set")
    return replace(change, reason="requested as an OpenShift project")
