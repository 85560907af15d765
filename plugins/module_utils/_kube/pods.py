# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods, workloads and events, as dicts, turned into what the domain knows of pulls."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._domain.node_image.prepull_state import LACKS_SECRETS, ContainerState, PulledPod, Word, lacking_in, word_in
from .._domain.pull.failure import EVENT_REASONS, is_pull_failure
from .._domain.pull.puller import ContainerImage, PodSpec, Puller, PullFailure

Item = t.Mapping[str, t.Any]

MIRROR = "kubernetes.io/config.mirror"
"""On the copies of static Pods, which the API server shows and does not admit: they get nothing from a ServiceAccount."""

MANIFEST = "kubernetes.io/config.hash"
"""Beside it: what the kubelet calls the static Pod in its events."""

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


class PullerReader:
    """
    Makes a :class:`Puller` of an object; Pods with equal specs share one :class:`PodSpec`, so that many cost little.

    Args:
        kind: ``Pod`` or one of ``TEMPLATE_KINDS``.
        namespaces: Objects elsewhere are dropped.
    """

    def __init__(self, kind: str, namespaces: t.Collection[str]) -> None:
        self._kind = kind
        self._namespaces = frozenset(namespaces)
        self._specs: dict[PodSpec, PodSpec] = {}

    def __call__(self, item: Item) -> Puller | None:
        """The puller, ``None`` for one that is elsewhere or being deleted."""
        metadata = item["metadata"]
        if metadata["namespace"] not in self._namespaces or "deletionTimestamp" in metadata:
            return None
        pod_spec = _pod_spec(item, self._kind)
        spec = _spec_from(pod_spec)
        annotations = metadata.get("annotations") or {}
        if MIRROR in annotations:
            spec = replace(spec, service_account="")
        return Puller(
            namespace=metadata["namespace"],
            kind=self._kind,
            name=metadata["name"],
            spec=self._specs.setdefault(spec, spec),
            failures=tuple(_failures(item, pod_spec)) if self._kind == "Pod" else (),
            uid=annotations.get(MANIFEST) or metadata.get("uid", ""),
        )


class PodEvent(t.NamedTuple):
    """The text of an event of a Pod, and its time (RFC 3339 in UTC without the Z, so that texts compare as times)."""

    namespace: str
    pod: str
    uid: str
    when: str
    text: str


def event_from(item: Item) -> PodEvent | None:
    """An event of a Pod, ``None`` for one that is not about pulls."""
    if item.get("reason") not in EVENT_REASONS:
        return None
    about = item["involvedObject"]
    text = ": ".join(filter(None, (item["reason"], item.get("message"))))
    namespace, pod, uid = (about.get(name, "") for name in ("namespace", "name", "uid"))
    return PodEvent(namespace, pod, uid, last_time(item).rstrip("Z"), text)


def last_time(event: Item) -> str:
    """When an event was last reported; one that is repeated keeps its name, and has its last time in one of two fields."""
    times = (event.get("lastTimestamp"), (event.get("series") or {}).get("lastObservedTime"), event.get("eventTime"))
    return next(filter(None, times), None) or event["metadata"].get("creationTimestamp") or ""


def _pod_spec(item: Item, kind: str) -> Item:
    spec: Item = item["spec"]
    if kind == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec if kind == "Pod" else t.cast("Item", spec["template"]["spec"])


def _spec_from(spec: Item) -> PodSpec:
    images = [
        ContainerImage(container.get("image", ""), container.get("imagePullPolicy", ""))
        for field in _CONTAINERS
        for container in spec.get(field) or ()
    ]
    images += [
        ContainerImage(volume["image"]["reference"], volume["image"].get("pullPolicy", ""))
        for volume in spec.get("volumes") or ()
        if (volume.get("image") or {}).get("reference")  # a template may leave it to who makes Pods of it
    ]
    return PodSpec(
        service_account=spec.get("serviceAccountName") or "default",
        secrets=tuple(reference.get("name", "") for reference in spec.get("imagePullSecrets") or ()),
        images=tuple(dict.fromkeys(images)),
    )


def failures_of(pod: Item) -> list[PullFailure]:
    """The containers of a Pod that wait for their images."""
    return list(_failures(pod, pod["spec"]))


def _failures(item: Item, spec: Item) -> t.Iterator[PullFailure]:
    status = item.get("status") or {}
    images = {
        container["name"]: container.get("image", "") for field in _CONTAINERS for container in spec.get(field) or ()
    }
    for container in (each for field in _STATUSES for each in status.get(field) or ()):
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason, message = waiting.get("reason", ""), waiting.get("message", "")
        if is_pull_failure(reason, message):
            image = images.get(container["name"], container.get("image", ""))
            yield PullFailure(container["name"], image, reason, message)


def pulled_pod_from(item: Item) -> PulledPod:
    """The state of a Pod's containers, and which of them wait for their images."""
    status = item.get("status") or {}
    texts = [status.get(name) for name in ("reason", "message")]
    return PulledPod(
        uid=item["metadata"]["uid"],
        has_ended=status.get("phase") in ("Failed", "Succeeded"),
        condition=": ".join(filter(None, texts)),
        containers={each["name"]: _state_from(each) for each in status.get("containerStatuses") or ()},
        failures={failure.container: failure for failure in failures_of(item)},
    )


class PullWord(t.NamedTuple):
    """What a kubelet reported of the image of one container of a Pod."""

    uid: str
    container: str
    word: Word


def pull_word_from(item: Item) -> PullWord | None:
    """What an event says, ``None`` for one that says something else."""
    about = item["involvedObject"]
    word = word_in(item.get("message") or "")
    container = (about.get("fieldPath") or "").partition("{")[2].rstrip("}")
    return PullWord(about.get("uid", ""), container, word) if word and container else None


class PullWarning(t.NamedTuple):
    """A warning about a Pod: its reason, and the Secrets that its kubelet did not have where it is about that."""

    uid: str
    reason: str
    lacking: tuple[str, ...]


def pull_warning_from(item: Item) -> PullWarning:
    """An event that is a warning about a Pod."""
    reason = item.get("reason") or ""
    lacking = lacking_in(item.get("message") or "") if reason == LACKS_SECRETS else ()
    return PullWarning(item["involvedObject"].get("uid", ""), reason, tuple(lacking))


def _state_from(status: Item) -> ContainerState:
    waiting = (status.get("state") or {}).get("waiting") or {}
    return ContainerState(status.get("imageID") or "", waiting.get("reason") or "")
