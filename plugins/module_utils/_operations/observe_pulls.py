# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pulls images, and what decides about it, read in bulk."""

from __future__ import annotations

import typing as t

from .._domain.errors import InvalidInput
from .._domain.pull.puller import Puller
from .._domain.pull_secret.secret import TYPES, ObservedSecret
from .._kube.api import KubeApi, events_path, pods_path, secrets_path, workloads_path
from .._kube.errors import Invalid
from .._kube.objects import secret_from
from .._kube.pods import PodEvent, PullerReader, event_from
from .observe import A_FEW, NAMES_BY_FIELD, Observation, observe, read_namespaces

ALIVE = "status.phase!=Succeeded,status.phase!=Failed"
"""Pods that may still pull."""

WARNINGS_OF_PODS = "involvedObject.kind=Pod,type=Warning"

_POD_PAGE = 500
"""A Pod has about 10 kB."""

Place = t.Tuple[str, str]
"""Namespace and name."""


def observe_pullers(api: KubeApi, kind: str, namespaces: t.Sequence[str], selector: str = "") -> Observation[Puller]:
    """
    What pulls.

    Args:
        kind: ``Pod``, without those that have ended, or one of ``TEMPLATE_KINDS``.
        namespaces: In which namespaces.
        selector: A label selector.

    Raises:
        InvalidInput: The API server cannot read the selector.
        ApiError: The API server could not be asked at all.
    """
    keep = PullerReader(kind, namespaces)

    def read(namespace: str) -> list[Puller]:
        path = pods_path(namespace) if kind == "Pod" else workloads_path(kind, namespace)
        fields = ALIVE if kind == "Pod" else ""
        return api.collect(path, keep, field_selector=fields, label_selector=selector, page=_POD_PAGE)

    try:
        return observe(api, read, namespaces, everywhere=len(namespaces) > A_FEW)
    except Invalid as refusal:
        if not selector:
            raise
        raise InvalidInput(
            "selector",
            f"the API server cannot read {selector!r} ({refusal.message})",
            "write a label selector such as 'app=shop,tier!=cache'",
        ) from refusal


def observe_named_secrets(
    api: KubeApi, named: t.Collection[Place], namespaces: t.Sequence[str]
) -> Observation[ObservedSecret]:
    """
    The Secrets that are named in lists, whatever their type.

    Pull Secrets are found by their type; only for names that are not among them is anything else looked at.

    Args:
        named: What is named.
        namespaces: The namespaces of these, and no others.

    Raises:
        ApiError: The API server could not be asked at all.
    """
    wanted: dict[str, set[Place]] = {"": set(named)}
    for place in named:
        wanted.setdefault(place[0], set()).add(place)

    def read(namespace: str) -> list[ObservedSecret]:
        pull_secrets = [
            secret
            for type_name in TYPES.values()
            for secret in _read_secrets(api, namespace, f"type={type_name}", wanted[namespace])
        ]
        missing = wanted[namespace] - {(secret.namespace, secret.name) for secret in pull_secrets}
        return pull_secrets + _read_others(api, namespace, missing)

    return observe(api, read, namespaces, everywhere=len(namespaces) > A_FEW)


def observe_pod_events(
    api: KubeApi, pods: t.Mapping[Place, str], namespaces: t.Sequence[str]
) -> tuple[dict[Place, list[str]], dict[str, str]]:
    """
    Warnings about the pulls of Pods, of their events.

    Args:
        pods: The uids of the Pods, so that events of others that had these names before do not count.
        namespaces: The namespaces of these.

    Returns:
        The texts for each Pod, the last word first; and why a namespace could not be read, by its name.
    """

    def keep(item: t.Mapping[str, t.Any]) -> PodEvent | None:
        event = event_from(item)
        uid = pods.get((event.namespace, event.pod)) if event else None
        return event if event and uid is not None and event.uid in ("", uid) else None

    def read(namespace: str) -> list[PodEvent]:
        return api.collect(events_path(namespace), keep, field_selector=WARNINGS_OF_PODS)

    events, unreadable, _all = read_namespaces(api, read, namespaces, everywhere=len(namespaces) > A_FEW)
    texts: dict[Place, list[str]] = {place: [] for place in pods}
    for event in sorted(events, key=lambda event: event.when, reverse=True):
        of_pod = texts[event.namespace, event.pod]
        of_pod += [event.text] if event.text not in of_pod else []
    return texts, unreadable


def _read_secrets(
    api: KubeApi, namespace: str, field_selector: str, named: t.Collection[Place]
) -> list[ObservedSecret]:
    def keep(item: t.Mapping[str, t.Any]) -> ObservedSecret | None:
        metadata = item["metadata"]
        return secret_from(item) if (metadata["namespace"], metadata["name"]) in named else None

    return api.collect(secrets_path(namespace), keep, field_selector=field_selector)


def _read_others(api: KubeApi, namespace: str, missing: t.Collection[Place]) -> list[ObservedSecret]:
    """Secrets of other types. Names are asked for first, because other Secrets are many, large, and nobody's business."""
    names = sorted({name for _namespace, name in missing})
    if len(names) > NAMES_BY_FIELD:

        def keep(item: t.Mapping[str, t.Any]) -> str | None:
            metadata = item["metadata"]
            return metadata["name"] if (metadata["namespace"], metadata["name"]) in missing else None

        names = sorted(set(api.collect(secrets_path(namespace), keep, metadata_only=True)))
    return [secret for name in names for secret in _read_secrets(api, namespace, f"metadata.name={name}", missing)]
