# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A ServiceAccount's references to Secrets, and how to add or take away one without losing anybody else's.

``imagePullSecrets`` is replaced whole by every kind of patch (``+listType=atomic`` in ``k8s.io/api/core/v1``), so each
change holds only against the version that was read: when somebody was faster, the API server refuses it. A JSON patch that
tests the list would not do, since the API server compares such values as they are spelt in JSON (``lazyNode.equal`` in
``gopkg.in/evanphx/json-patch.v4``), and what a tenant may write has several spellings.

An entry of the list says nothing of who added it. So each owner has an annotation on the ServiceAccount in which stands what
its declarations added, and what stands in another owner's is left to it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..change import Change

Usage = t.Literal["pull", "mount"]
Reference = t.Mapping[str, t.Any]

FIELDS: t.Mapping[Usage, str] = {"pull": "imagePullSecrets", "mount": "secrets"}
LINKS = "links.regcred.kubernetes/"
"""Begins the name of an owner's annotation; its value is such as ``imagePullSecrets:regcred,secrets:regcred``."""

Records = t.Dict[str, t.FrozenSet[str]]
"""What each owner added, as ``field:secret``."""


@dataclass(frozen=True)
class ServiceAccount:
    """
    A ServiceAccount as it was read.

    Attributes:
        references: The lists of references by field name, as they stand; a missing key is a missing field.
        annotations: As they stand, ``None`` for a missing field.
    """

    namespace: str
    name: str
    resource_version: str = ""
    references: t.Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)
    annotations: t.Mapping[str, str] | None = None

    @property
    def records(self) -> Records:
        """What each owner added, by owner; empty where nobody has recorded anything."""
        return {
            key[len(LINKS) :]: frozenset(part.strip() for part in value.split(",") if part.strip())
            for key, value in (self.annotations or {}).items()
            if key.startswith(LINKS)
        }

    @property
    def pull_secrets(self) -> tuple[str, ...]:
        """The names in ``imagePullSecrets``, as they stand."""
        return tuple(_names(self.references.get(FIELDS["pull"], ())))


@dataclass(frozen=True)
class WantedLinks:
    """
    Which references there should be, or should not be.

    Attributes:
        secrets: Names of Secrets, in the order in which new ones are appended.
        usages: Which lists are meant.
        present: ``False`` to take the references away, but for those that another owner added.
        owner: Whose the references are that are added here.
        added_only: Take away only what this owner added.
    """

    secrets: tuple[str, ...]
    usages: tuple[Usage, ...] = ("pull",)
    present: bool = True
    owner: str = "default"
    added_only: bool = False


@dataclass(frozen=True)
class LinkPlan:
    """
    One ServiceAccount's change.

    Attributes:
        change: The change as it is reported.
        patch: The merge patch, empty when nothing is to do.
        resource_version: Of the ServiceAccount that the patch rests on.
        manifest: The ServiceAccount to create where there is none, else ``None``.
        added: References that are added, as ``field:name``.
        removed: References that are removed, as ``field:name``.
    """

    change: Change
    patch: t.Mapping[str, t.Any] = field(default_factory=dict)
    resource_version: str = ""
    manifest: t.Mapping[str, t.Any] | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def plan_links(wanted: WantedLinks, observed: ServiceAccount) -> LinkPlan:
    """How to get an existing ServiceAccount there: references of others stay where they are, new ones go last."""
    lists: dict[str, list[Reference]] = {}
    added: list[str] = []
    removed: list[str] = []
    left: list[str] = []
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for usage in wanted.usages:
        name = FIELDS[usage]
        current = list(observed.references.get(name, ()))
        kept = {} if wanted.present else _left_alone(wanted, observed, name)
        left.extend(why for secret, why in kept.items() if why and secret in _names(current))
        going = [secret for secret in wanted.secrets if secret not in kept]
        if wanted.present:
            new = [secret for secret in dict.fromkeys(wanted.secrets) if secret not in _names(current)]
            target = current + [{"name": secret} for secret in new]
        else:
            target = [reference for reference in current if reference.get("name") not in going]
        before[name], after[name] = _names(current), _names(target)
        if target != current:
            lists[name] = target
            added.extend(
                f"{name}:{secret}" for secret in wanted.secrets if wanted.present and secret not in _names(current)
            )
            removed.extend(f"{name}:{secret}" for secret in going if not wanted.present and secret in _names(current))
    annotations = _remember(wanted, observed, added, removed)
    metadata = {"resourceVersion": observed.resource_version, **({"annotations": annotations} if annotations else {})}
    patch = {"metadata": metadata, **lists} if lists else {}
    moved = [f"{reference} added" for reference in added] + [f"{reference} removed" for reference in removed]
    change = Change(
        kind="ServiceAccount",
        name=observed.name,
        action="updated" if patch else "skipped" if left else "unchanged",
        reason=", ".join(moved + left),
        before=before,
        after=after,
    )
    return LinkPlan(change, patch, observed.resource_version, added=tuple(added), removed=tuple(removed))


def plan_linked_service_account(
    wanted: WantedLinks, namespace: str, name: str, labels: t.Mapping[str, str]
) -> LinkPlan:
    """A new ServiceAccount that has its references from birth, so that no Pod can start without them."""
    references = {FIELDS[usage]: [{"name": secret} for secret in wanted.secrets] for usage in wanted.usages}
    added = tuple(f"{FIELDS[usage]}:{secret}" for usage in wanted.usages for secret in wanted.secrets)
    manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": dict(labels),
            "annotations": {LINKS + wanted.owner: ",".join(sorted(added))},
        },
        **references,
    }
    after = {field_name: _names(entries) for field_name, entries in references.items()}
    change = Change("ServiceAccount", name, "created", "new, linked to " + ", ".join(wanted.secrets), after=after)
    return LinkPlan(change, manifest=manifest, added=added)


def _left_alone(wanted: WantedLinks, observed: ServiceAccount, name: str) -> dict[str, str]:
    """Secrets whose references in this list are not to be taken away, and why, if that is to be reported."""
    records = observed.records
    left: dict[str, str] = {}
    for secret in wanted.secrets:
        reference = f"{name}:{secret}"
        if reference in records.get(wanted.owner, ()):
            continue
        others = [owner for owner, references in records.items() if reference in references]
        if others:
            left[secret] = f"{reference} left: belongs to the owner {others[0]!r}"
        elif wanted.added_only:
            left[secret] = ""
    return left


def _remember(
    wanted: WantedLinks, observed: ServiceAccount, added: t.Collection[str], removed: t.Collection[str]
) -> dict[str, str | None]:
    """The annotations that change, ``None`` for one that goes: who adds a reference has it alone."""
    records = observed.records
    now = {owner: references.difference(added, removed) for owner, references in records.items()}
    now[wanted.owner] = now.get(wanted.owner, frozenset()).union(added)
    return {
        LINKS + owner: ",".join(sorted(references)) or None
        for owner, references in now.items()
        if references != records.get(owner, frozenset())
    }


def _names(references: t.Iterable[Reference]) -> list[str]:
    return [reference.get("name", "") for reference in references]
