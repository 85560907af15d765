# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces: which of them a declaration is about, and how a missing one is made."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.namespace_selection import (
    Namespace,
    NamespaceSelection,
    SelectedNamespaces,
    check_selection,
    select_namespaces,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.ownership import ownership_labels
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.permission import Permission
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.plan import (
    Change,
    NamespaceResult,
    skipped_namespace,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    KubeApi,
    namespace_path,
    namespaces_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    NotFound,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.objects import namespace_from
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.steps import Step

PROJECT_REQUESTS = "/apis/project.openshift.io/v1/projectrequests"
"""Where OpenShift lets users make namespaces who may not create them."""

PROJECTS = "/apis/project.openshift.io/v1/projects"
"""Where OpenShift shows users their namespaces who may not list all."""


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
        found, matching = _listed(api, namespaces_path(), selection.selector)
    except Forbidden as refusal:
        found, matching = _found_otherwise(api, selection, refusal)
    selected = select_namespaces(selection, found, matching)
    if selected.missing and selection.missing == "fail":
        raise InvalidInput(
            "namespaces",
            "there is no namespace " + ", ".join(selected.missing),
            "correct the name, create it first, or set missing_namespace to skip or create",
        )
    return selected


def _listed(api: KubeApi, path: str, selector: str) -> tuple[list[Namespace], set[str] | None]:
    """All namespaces of a collection, and the names of those that match the selector, if there is one."""
    found = [namespace_from(item) for item in api.list_all(path, metadata_only=True)]
    if not selector:
        return found, None
    items = api.list_all(path, label_selector=selector, metadata_only=True)
    return found, {item["metadata"]["name"] for item in items}


def _found_otherwise(
    api: KubeApi, selection: NamespaceSelection, refusal: Forbidden
) -> tuple[list[Namespace], set[str] | None]:
    try:
        return _listed(api, PROJECTS, selection.selector)
    except (Forbidden, NotFound):  # no OpenShift
        pass
    if selection.needs_list:
        raise InvalidInput(
            "namespaces",
            f"globs, selectors and projects need the right to list namespaces ({refusal.message})",
            "grant it, or give plain names",
        ) from refusal
    return [each for each in api.at_once(lambda name: _read(api, name), selection.plain_names) if each], None


def skipped_results(selected: SelectedNamespaces, selection: NamespaceSelection) -> list[NamespaceResult]:
    """A result for each namespace that was named and is left alone."""
    results = [skipped_namespace(name, "the namespace is being deleted") for name in selected.terminating]
    results += [skipped_namespace(name, "the selector or the project does not match") for name in selected.unmatched]
    if selection.missing == "skip":
        results += [skipped_namespace(name, "there is no such namespace") for name in selected.missing]
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
    api: KubeApi, namespace: Namespace, labels: t.Mapping[str, str], annotations: t.Mapping[str, str]
) -> Step:
    """Labels and annotations that a namespace is missing; those of others stay."""
    wanted = {"labels": labels, "annotations": annotations}
    present = {"labels": namespace.labels, "annotations": namespace.annotations}
    patch = {
        section: {key: value for key, value in wanted[section].items() if present[section].get(key) != value}
        for section in wanted
    }
    patch = {section: missing for section, missing in patch.items() if missing}
    before = {section: {key: present[section].get(key) for key in missing} for section, missing in patch.items()}
    told = [f"{key} set" for missing in patch.values() for key in missing]
    change = Change(
        "Namespace",
        namespace.name,
        "updated" if patch else "unchanged",
        ", ".join(told),
        before=before,
        after=patch,
    )

    def apply() -> Change:
        if patch:
            api.merge_patch(namespace_path(namespace.name), {"metadata": patch})
        return change

    return Step(change, apply, (Permission("patch", "namespaces", namespace.name, namespace.name),))


def removal_step(api: KubeApi, namespace: Namespace) -> Step:
    """A namespace that goes, with all that is in it."""
    before = {"labels": dict(namespace.labels)}
    change = Change("Namespace", namespace.name, "deleted", "with all that is in it", before=before)

    def apply() -> Change:
        try:
            item = api.get(namespace_path(namespace.name))
            api.delete(namespace_path(namespace.name), uid=item["metadata"]["uid"])
        except NotFound:
            pass
        except Conflict:  # deleted already, and being taken down
            pass
        return change

    return Step(change, apply, (Permission("delete", "namespaces", namespace.name, namespace.name),))


def _read(api: KubeApi, name: str) -> Namespace | None:
    try:
        return namespace_from(api.get(namespace_path(name)))
    except NotFound:
        return None
    except Forbidden:
        return Namespace(name)


def _create(api: KubeApi, change: Change, manifest: t.Mapping[str, t.Any]) -> Change:
    try:
        api.create(namespaces_path(), manifest)
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
