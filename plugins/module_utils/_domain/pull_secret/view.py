# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pull Secret for people: registries and user names in clear, each secret as a mark, and what differs in words."""

from __future__ import annotations

import typing as t

from ..cluster.ownership import ownership_labels
from ..docker_config.config import DockerConfig, DockerConfigError
from ..docker_config.view import redact, registry_differences
from ..secret_text import Fingerprinter
from .secret import KEYS, LAST_APPLIED, TYPES, ObservedSecret, WantedSecret

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
