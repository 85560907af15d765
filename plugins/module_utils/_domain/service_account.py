# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A ServiceAccount's references to Secrets, and how to add or take away one without losing anybody else's.

``imagePullSecrets`` is replaced whole by every kind of patch (``+listType=atomic`` in ``k8s.io/api/core/v1``), so each
change is a JSON patch that first tests what was read: when somebody was faster, the API server refuses it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.plan import Change

Usage = t.Literal["pull", "mount"]
Reference = t.Mapping[str, t.Any]

FIELDS: t.Mapping[Usage, str] = {"pull": "imagePullSecrets", "mount": "secrets"}


@dataclass(frozen=True)
class ServiceAccount:
    """
    A ServiceAccount as it was read.

    Args:
        references: The lists of references by field name, as they stand; a missing key is a missing field.
    """

    namespace: str
    name: str
    resource_version: str = ""
    references: t.Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)

    @property
    def pull_secrets(self) -> tuple[str, ...]:
        """The names in ``imagePullSecrets``, as they stand."""
        return tuple(_names(self.references.get(FIELDS["pull"], ())))


@dataclass(frozen=True)
class WantedLinks:
    """
    Which references there should be, or should not be.

    Args:
        secrets: Names of Secrets, in the order in which new ones are appended.
        usages: Which lists are meant.
        present: ``False`` to take the references away.
    """

    secrets: tuple[str, ...]
    usages: tuple[Usage, ...] = ("pull",)
    present: bool = True


@dataclass(frozen=True)
class LinkPlan:
    """
    One ServiceAccount's change.

    Args:
        change: What is told of it.
        patch: The JSON patch, empty when nothing is to do.
        manifest: The ServiceAccount to create where there is none, else ``None``.
        added: References that are added, as ``field:name``; ``removed`` likewise.
    """

    change: Change
    patch: tuple[t.Mapping[str, t.Any], ...] = ()
    manifest: t.Mapping[str, t.Any] | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def plan_links(wanted: WantedLinks, observed: ServiceAccount) -> LinkPlan:
    """How to get an existing ServiceAccount there: references of others stay where they are, new ones go last."""
    patch: list[t.Mapping[str, t.Any]] = []
    added: list[str] = []
    removed: list[str] = []
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for usage in wanted.usages:
        name = FIELDS[usage]
        current = list(observed.references.get(name, ()))
        target = _linked(current, wanted.secrets) if wanted.present else _unlinked(current, wanted.secrets)
        before[name], after[name] = _names(current), _names(target)
        if target != current:
            patch.extend(_replace_list(name, observed, target))
            added.extend(
                f"{name}:{secret}" for secret in wanted.secrets if wanted.present and secret not in _names(current)
            )
            removed.extend(
                f"{name}:{secret}" for secret in wanted.secrets if not wanted.present and secret in _names(current)
            )
    change = Change(
        kind="ServiceAccount",
        name=observed.name,
        action="updated" if patch else "unchanged",
        reason=_reason(added, removed),
        before=before,
        after=after,
    )
    return LinkPlan(change, patch=tuple(patch), added=tuple(added), removed=tuple(removed))


def plan_linked_service_account(
    wanted: WantedLinks, namespace: str, name: str, labels: t.Mapping[str, str]
) -> LinkPlan:
    """A new ServiceAccount that has its references from birth, so that no Pod can start without them."""
    references = {FIELDS[usage]: [{"name": secret} for secret in wanted.secrets] for usage in wanted.usages}
    added = tuple(f"{FIELDS[usage]}:{secret}" for usage in wanted.usages for secret in wanted.secrets)
    manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        **references,
    }
    after = {field_name: _names(entries) for field_name, entries in references.items()}
    change = Change("ServiceAccount", name, "created", "new, linked to " + ", ".join(wanted.secrets), after=after)
    return LinkPlan(change, manifest=manifest, added=added)


def _linked(current: list[Reference], secrets: t.Iterable[str]) -> list[Reference]:
    names = _names(current)
    return current + [{"name": secret} for secret in dict.fromkeys(secrets) if secret not in names]


def _unlinked(current: list[Reference], secrets: t.Collection[str]) -> list[Reference]:
    return [reference for reference in current if reference.get("name") not in secrets]


def _replace_list(name: str, observed: ServiceAccount, target: list[Reference]) -> list[t.Mapping[str, t.Any]]:
    path = f"/{name}"
    if name in observed.references:
        test = {"op": "test", "path": path, "value": list(observed.references[name])}
        return [test, {"op": "replace", "path": path, "value": target}]
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": observed.resource_version}
    return [test, {"op": "add", "path": path, "value": target}]


def _names(references: t.Iterable[Reference]) -> list[str]:
    return [reference.get("name", "") for reference in references]


def _reason(added: list[str], removed: list[str]) -> str:
    told = [f"{reference} added" for reference in added] + [f"{reference} removed" for reference in removed]
    return ", ".join(told)
