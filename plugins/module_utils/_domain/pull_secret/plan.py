# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The way from the pull Secret that is there to the one that is wanted.

``type`` never changes, and an immutable Secret's data never change (``pkg/apis/core/validation/validation.go``:
``ValidateSecretUpdate``), so for these the way is a delete and a create.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..change import Change
from ..cluster.ownership import controller_of, owner_of, ownership_labels
from ..docker_config.config import DockerConfig, DockerConfigError, merge_docker_config
from ..docker_config.view import redact, registry_differences
from ..errors import RegcredError
from ..image.registry_key import shown_registry
from ..secret_text import Fingerprinter
from ..shown_names import shown_names
from .secret import KEYS, LAST_APPLIED, TYPES, ObservedSecret, WantedSecret, check_size, encoded_document, manifest_of

Verb = t.Literal["none", "create", "patch", "recreate", "delete"]


class PlanRefused(RegcredError):
    """This one object cannot be brought there; the text, a clause about it, says why and what to do. Others go on."""


@dataclass(frozen=True)
class SecretPlan:
    """
    One Secret's change.

    Attributes:
        change: The change as it is reported.
        verb: Which request makes it.
        body: The manifest to create, or the merge patch (secrets included, hence no ``repr``).
        observed: What the plan rests on.
    """

    change: Change
    verb: Verb = "none"
    body: t.Mapping[str, t.Any] = field(default_factory=dict, repr=False)
    observed: ObservedSecret | None = None


def plan_secret(
    wanted: WantedSecret, observed: ObservedSecret | None, namespace: str, marks: Fingerprinter
) -> SecretPlan:
    """
    The way to the wanted Secret.

    Args:
        wanted: What the user declared.
        observed: What is there, ``None`` for nothing.
        marks: How secrets are shown.

    Raises:
        PlanRefused: It must not, or cannot, be changed.
    """
    if observed is None:
        return _creation(wanted, namespace, marks)
    owner = owner_of(observed.labels)
    if owner == wanted.owner:
        return _update(wanted, observed, marks, adopted=False)
    if wanted.on_conflict == "skip":
        return SecretPlan(Change("Secret", wanted.name, "skipped", _whose(owner)), observed=observed)
    if owner is not None:
        raise PlanRefused(f"{_whose(owner)} and is left to it; use that owner, or another name for the Secret")
    controller = controller_of(observed.labels, observed.annotations, observed.owned_by)
    if controller is not None and wanted.on_conflict != "replace":
        raise PlanRefused(
            f"exists and is kept by {controller}, which would change it back; change it there, use another name,"
            " or set on_conflict to replace to write it anew, or to skip to leave it alone"
        )
    if wanted.on_conflict == "fail":
        raise PlanRefused(
            "exists and is not managed by regcred.kubernetes;"
            " set on_conflict to adopt to take it over, to replace to write it anew, or to skip to leave it alone"
        )
    if wanted.on_conflict == "replace":
        document = wanted.document if wanted.purge else merge_docker_config(DockerConfig(), wanted.present)
        whose = f"kept by {controller}" if controller else "not managed by regcred.kubernetes"
        return _recreation(wanted, observed, document, marks, f"{whose}, written anew")
    return _update(wanted, observed, marks, adopted=True)


def plan_secret_removal(
    wanted: WantedSecret, observed: ObservedSecret, marks: Fingerprinter, reason: str
) -> SecretPlan:
    """The way to no Secret: ours goes, anything else stays."""
    owner = owner_of(observed.labels)
    if owner != wanted.owner:
        return SecretPlan(Change("Secret", observed.name, "skipped", _whose(owner)), observed=observed)
    change = Change("Secret", observed.name, "deleted", reason, before=view_observed(observed, wanted, marks))
    return SecretPlan(change, "delete", observed=observed)


def held_back(finalizers: t.Sequence[str]) -> str:
    """What is wrong with a Secret that was deleted and is still there."""
    return f"is being deleted, and stays until its finalizers go ({', '.join(finalizers)}); have what set them take them off"


def _creation(wanted: WantedSecret, namespace: str, marks: Fingerprinter) -> SecretPlan:
    if not (wanted.purge or wanted.present):
        return SecretPlan(Change("Secret", wanted.name, "unchanged"))
    document = wanted.document if wanted.purge else merge_docker_config(DockerConfig(), wanted.present)
    reason = f"new, with {', '.join(map(shown_registry, document.entries)) or 'no registry'}"
    return SecretPlan(
        Change("Secret", wanted.name, "created", reason, after=view_wanted(wanted, document, marks)),
        "create",
        _manifest(wanted, document, namespace),
    )


def _update(wanted: WantedSecret, observed: ObservedSecret, marks: Fingerprinter, *, adopted: bool) -> SecretPlan:
    document = _target(wanted, observed)
    problem = check_size(document, wanted.form)
    if problem:
        raise PlanRefused(f"{problem}; use several Secrets")
    if observed.is_terminating:
        raise PlanRefused(f"{held_back(observed.finalizers)}, or use another name for the Secret")
    same_data = _holds(observed, document, wanted)
    if observed.form != wanted.form:
        reason = f"type changes from {observed.type or 'Opaque'} to {TYPES[wanted.form]}: deleted and created again"
        return _recreation(wanted, observed, document, marks, reason)
    if observed.immutable and (not same_data or wanted.immutable is False):
        return _recreation(wanted, observed, document, marks, "is immutable: deleted and created again")
    patch = _patch(wanted, observed, document, same_data=same_data)
    if not patch:
        return SecretPlan(Change("Secret", wanted.name, "unchanged"), observed=observed)
    before = view_observed(observed, wanted, marks)
    after = view_wanted(wanted, document, marks, kept=observed)
    reasons = (["adopted"] if adopted else []) + differences_between(before, after)
    losses = _losses(wanted, observed, document)
    change = Change("Secret", wanted.name, "updated", ", ".join(reasons), before, after, losses=losses)
    return SecretPlan(change, "patch", patch, observed)


def _recreation(
    wanted: WantedSecret, observed: ObservedSecret, document: DockerConfig, marks: Fingerprinter, reason: str
) -> SecretPlan:
    if observed.finalizers:
        raise PlanRefused(
            f"{reason}, which its finalizers forbid ({', '.join(observed.finalizers)}); have what set them take them off"
        )
    start_afresh = wanted.on_conflict == "replace" and owner_of(observed.labels) is None
    kept = None if start_afresh else observed
    manifest = _manifest(wanted, document, observed.namespace, kept=kept)
    before, after = view_observed(observed, wanted, marks), view_wanted(wanted, document, marks, kept=kept)
    lost = losses_between(before, after)
    lost += [
        f"annotation {key} removed"
        for key in observed.annotations
        if key not in manifest["metadata"]["annotations"] and key != LAST_APPLIED
    ]
    losses = _losses(wanted, observed, document)
    change = Change("Secret", wanted.name, "updated", ", ".join([reason, *lost]), before, after, losses=losses)
    return SecretPlan(change, "recreate", manifest, observed)


def _manifest(
    wanted: WantedSecret, document: DockerConfig, namespace: str, kept: ObservedSecret | None = None
) -> dict[str, t.Any]:
    """The Secret as the API takes it, with what is ``kept`` of the one that it replaces."""
    nothing = ObservedSecret(namespace, wanted.name, TYPES[wanted.form])
    old = manifest_of(kept or nothing)
    others = {} if wanted.purge else {key: value for key, value in old["data"].items() if key not in KEYS.values()}
    annotations = {**old["metadata"]["annotations"], **wanted.annotations}
    annotations.pop(LAST_APPLIED, None)
    immutable = old.get("immutable") if wanted.immutable is None else wanted.immutable
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": wanted.name,
            "namespace": namespace,
            "labels": {**old["metadata"]["labels"], **wanted.labels, **ownership_labels(wanted.owner)},
            "annotations": annotations,
        },
        "type": TYPES[wanted.form],
        **({} if immutable is None else {"immutable": immutable}),
        "data": {**others, KEYS[wanted.form]: encoded_document(document, wanted.form)},
    }


def _losses(wanted: WantedSecret, observed: ObservedSecret, document: DockerConfig) -> tuple[str, ...]:
    """The registries that ``purge_registries`` takes out; those that somebody names as absent are no loss."""
    try:
        there = observed.document().entries
    except DockerConfigError:
        return ()
    lost = [shown_registry(key) for key in there if key not in document.entries and key not in wanted.absent]
    return (f"{shown_names(lost)} taken out, since purge_registries is true",) if lost else ()


def _target(wanted: WantedSecret, observed: ObservedSecret) -> DockerConfig:
    if wanted.purge:
        return wanted.document
    try:
        existing = observed.document()
    except DockerConfigError as error:
        raise PlanRefused(
            f"cannot be merged into: {error}; set purge_registries to true to replace its contents"
        ) from error
    return merge_docker_config(existing, wanted.present, wanted.absent)


def _holds(observed: ObservedSecret, document: DockerConfig, wanted: WantedSecret) -> bool:
    """Whether the data need no change: the same document, in whichever spelling, and nothing beside it."""
    if wanted.purge and set(observed.data) != {KEYS[wanted.form]}:
        return False
    try:
        return observed.form == wanted.form and observed.document() == document
    except DockerConfigError:
        return False


def _patch(
    wanted: WantedSecret, observed: ObservedSecret, document: DockerConfig, *, same_data: bool
) -> dict[str, t.Any]:
    """The merge patch, empty when nothing differs; it holds only against the version that was read."""
    patch: dict[str, t.Any] = {}
    if not same_data:
        others = [key for key in observed.data if key != KEYS[wanted.form]] if wanted.purge else []
        patch["data"] = {KEYS[wanted.form]: encoded_document(document, wanted.form)}
        patch["data"].update(dict.fromkeys(others))
    if wanted.immutable and not observed.immutable:
        patch["immutable"] = True
    labels = _missing({**wanted.labels, **ownership_labels(wanted.owner)}, observed.labels)
    annotations: dict[str, str | None] = dict(_missing(wanted.annotations, observed.annotations))
    if LAST_APPLIED in observed.annotations:
        annotations[LAST_APPLIED] = None
    metadata = {name: value for name, value in (("labels", labels), ("annotations", annotations)) if value}
    if not (patch or metadata):
        return {}
    return {**patch, "metadata": {**metadata, "resourceVersion": observed.resource_version}}


def _missing(wanted: t.Mapping[str, str], observed: t.Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if observed.get(key) != value}


def _whose(owner: str | None) -> str:
    return "is not managed by regcred.kubernetes" if owner is None else f"belongs to the owner {owner!r}"


View = t.Mapping[str, t.Any]
"""
``type``, ``labels``, ``annotations`` (of those that matter), ``immutable``, ``registries`` or why there are none, and the
names of ``other_data``.
"""


def view_wanted(
    wanted: WantedSecret, document: DockerConfig, marks: Fingerprinter, kept: ObservedSecret | None = None
) -> View:
    """A Secret as it will be, with what is ``kept`` of the one that is there."""
    return {
        "type": TYPES[wanted.form],
        "labels": {**(kept.labels if kept else {}), **wanted.labels, **ownership_labels(wanted.owner)},
        "annotations": dict(wanted.annotations),
        "immutable": bool(kept and kept.immutable) if wanted.immutable is None else wanted.immutable,
        "registries": redact(document, marks),
        "other_data": [] if wanted.purge or kept is None else _other_data(kept),
    }


def view_observed(observed: ObservedSecret, wanted: WantedSecret, marks: Fingerprinter) -> View:
    """A Secret as it is; of its annotations, only those that ``wanted`` is about, since any may hold anything."""
    annotations = {key: observed.annotations[key] for key in wanted.annotations if key in observed.annotations}
    if LAST_APPLIED in observed.annotations:
        annotations[LAST_APPLIED] = "a copy of the Secret"
    registries: str | t.Mapping[str, t.Mapping[str, str]]
    try:
        registries = redact(observed.document(), marks)
    except DockerConfigError as error:
        registries = str(error)
    return {
        "type": observed.type,
        "labels": dict(observed.labels),
        "annotations": annotations,
        "immutable": observed.immutable,
        "registries": registries,
        "other_data": _other_data(observed),
    }


def _other_data(observed: ObservedSecret) -> list[str]:
    return sorted(key for key in observed.data if key not in KEYS.values())


def differences_between(before: View, after: View) -> list[str]:
    """What differs between two views, in words."""
    reasons = registry_differences(before["registries"], after["registries"])
    for name, singular in (("labels", "label"), ("annotations", "annotation")):
        keys = [key for key in {**before[name], **after[name]} if before[name].get(key) != after[name].get(key)]
        reasons.extend(f"{singular} {key} {'set' if key in after[name] else 'removed'}" for key in keys)
    if before["immutable"] != after["immutable"]:
        reasons.append("made immutable")
    reasons.extend(_lost_data(before, after))
    return reasons or ["written in another way"]


def losses_between(before: View, after: View) -> list[str]:
    """What of the first view is not in the second, in words."""
    registries = before["registries"] if isinstance(before["registries"], dict) else {}
    lost = [f"{registry} removed" for registry in registries if registry not in after["registries"]]
    lost += [f"label {key} removed" for key in before["labels"] if key not in after["labels"]]
    return lost + _lost_data(before, after)


def _lost_data(before: View, after: View) -> list[str]:
    return [f"data key {key} removed" for key in before["other_data"] if key not in after["other_data"]]
