# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods that have nodes pull: made, watched and removed, so many nodes at a time."""

from __future__ import annotations

import contextlib
import itertools
import time
import typing as t
from collections import deque
from dataclasses import dataclass

from .._domain.change import NODE, Change, PlaceResult
from .._domain.cluster.node import ClusterNode
from .._domain.errors import RegcredError
from .._domain.node_image.prepull_pod import PrepullPods, of_image, parts
from .._domain.node_image.prepull_progress import Credentials, PodProgress
from .._domain.node_image.prepull_state import PulledPod
from .._kube.api import KubeApi, Object, events_path, pod_path, pods_path
from .._kube.errors import AlreadyExists, Conflict, Forbidden, NotFound
from .._kube.pods import last_time, pull_warning_from, pull_word_from, pulled_pod_from
from .observe_pulls import WARNINGS_OF_PODS

POLL_SECONDS = 0.5
PULLED_EVENTS = "involvedObject.kind=Pod,reason=Pulled"

Found = t.TypeVar("Found")


@dataclass(frozen=True)
class PullTask:
    """
    Pulls on many nodes.

    Attributes:
        pods: What its Pods have in common.
        images: What is to be pulled.
        credentials: What the Pods pull with.
        parallelism: How many nodes pull at once.
    """

    pods: PrepullPods
    images: tuple[str, ...]
    credentials: Credentials
    parallelism: int


class Pulled(t.NamedTuple):
    """What came of it, by node, and what the user should know."""

    results: list[PlaceResult]
    warnings: list[str]


def pull_on_nodes(
    api: KubeApi,
    task: PullTask,
    nodes: t.Sequence[ClusterNode],
    clock: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], None] = time.sleep,
) -> Pulled:
    """
    Have these nodes pull; no Pod is left, whatever happens.

    Args:
        clock: Gives seconds since any fixed moment.
        sleep: Waits for so many seconds.

    Raises:
        ApiError: The API server could not be asked any more.
    """
    cluster = _PodsInCluster(api, task.pods)
    changes: dict[str, dict[str, Change]] = {node.name: {} for node in nodes}
    waiting = deque(nodes)
    active: list[PodProgress] = []
    numbers = itertools.count(1)
    with _no_pod_left(cluster):
        while waiting or active:
            room = task.parallelism - len({pod.node.name for pod in active})
            starting = [waiting.popleft() for _unused in range(min(room, len(waiting)))]
            jobs = [(next(numbers), node, images) for node in starting for images in parts(task.images)]
            for (_number, node, images), made in zip(jobs, api.at_once(cluster.create, jobs)):
                if isinstance(made, str):
                    changes[node.name].update((image, of_image(image, "failed", made)) for image in images)
                else:
                    active.append(PodProgress(node, images, made.name, made.uid, clock()))
            if not active:
                continue
            found = cluster.look()
            now = clock()
            active = _observed(cluster, task, [pod.seen_as(found.get(pod.uid)) for pod in active], now)
            done = [pod for pod in active if pod.is_done(now, task.pods.timeout, sees_events=cluster.sees_events)]
            for pod in done:
                changes[pod.node.name].update((change.name, change) for change in _outcomes(cluster, task, pod))
            active = [pod for pod in active if pod not in done]
            cluster.remove([_Made(pod.name, pod.uid) for pod in done])
            if active:
                sleep(POLL_SECONDS)
    results = [
        PlaceResult(node.name, tuple(changes[node.name][image] for image in task.images), kind=NODE) for node in nodes
    ]
    return Pulled(results, cluster.warnings)


@contextlib.contextmanager
def _no_pod_left(cluster: _PodsInCluster) -> t.Iterator[None]:
    """No Pod of an earlier run to begin with, and none of this one at its end."""
    try:
        cluster.remove_strays()
        yield
    except BaseException:
        cluster.may_have_strays = True
        raise
    finally:
        if cluster.may_have_strays:
            with contextlib.suppress(RegcredError):
                cluster.remove_strays()


def _outcomes(cluster: _PodsInCluster, task: PullTask, pod: PodProgress) -> t.Iterable[Change]:
    """What became of the images of a Pod that is done."""
    last_warning = cluster.last_warning(pod.uid) if pod.is_silent else ""
    return pod.outcomes(task.credentials, task.pods.timeout, last_warning)


def _observed(cluster: _PodsInCluster, task: PullTask, pods: t.Sequence[PodProgress], now: float) -> list[PodProgress]:
    """The Pods with what their kubelets reported by now."""
    secrets = task.credentials.secrets
    asking = {pod.uid for pod in pods if pod.asks_for_warnings}
    warnings = cluster.events(asking, pull_warning_from, WARNINGS_OF_PODS) if secrets else []
    pods = [
        pod.with_warnings([(each.reason, each.lacking) for each in warnings if each.uid == pod.uid], secrets)
        if pod.uid in asking
        else pod
        for pod in pods
    ]
    pods = [pod.at(now) for pod in pods]
    settled = {pod.uid for pod in pods if pod.settled is not None or pod.is_late(now, task.pods.timeout)}
    words = cluster.events(settled, pull_word_from, PULLED_EVENTS)
    return [pod.with_words((each.container, each.word) for each in words if each.uid == pod.uid) for pod in pods]


class _Made(t.NamedTuple):
    name: str
    uid: str


class _PodsInCluster:
    """
    The Pods of a run, as the API server has them.

    Attributes:
        warnings: What the user should know.
        sees_events: Whether their events can be read.
        may_have_strays: Whether there may be one that is not known.
    """

    def __init__(self, api: KubeApi, pods: PrepullPods) -> None:
        self.warnings: list[str] = []
        self.sees_events = True
        self.may_have_strays = False
        self._api = api
        self._pods = pods

    def remove_strays(self) -> None:
        """All Pods of this owner: those of a run that was ended itself, and those of this one. Two runs at once have two owners."""
        strays = self._api.list_all(
            pods_path(self._pods.namespace), label_selector=self._pods.owner_selector, metadata_only=True
        )
        self._api.at_once(self._delete, [_Made(item["metadata"]["name"], item["metadata"]["uid"]) for item in strays])

    def create(self, job: tuple[int, ClusterNode, tuple[str, ...]]) -> _Made | str:
        """The Pod, or why it could not be made."""
        number, node, images = job
        manifest = self._pods.manifest(number, node.name, images)
        try:
            try:
                made = self._api.create(pods_path(self._pods.namespace), manifest)
            except AlreadyExists:  # its name is of this run alone, so it is ours, by a request whose answer was lost
                made = self._api.get(pod_path(self._pods.namespace, manifest["metadata"]["name"]))
        except RegcredError as error:
            self.may_have_strays = True  # it may have been made, and the answer lost
            return str(error)
        return _Made(made["metadata"]["name"], made["metadata"]["uid"])

    def look(self) -> dict[str, PulledPod]:
        """The Pods of this run, by uid."""
        path, selector = pods_path(self._pods.namespace), self._pods.run_selector
        return {pod.uid: pod for pod in self._api.collect(path, pulled_pod_from, label_selector=selector)}

    def events(
        self, uids: t.Collection[str], read: t.Callable[[Object], Found | None], field_selector: str
    ) -> list[Found]:
        """What is read of the events of these Pods; nothing, and a warning, where the user may not read them."""
        if not uids or not self.sees_events:
            return []

        def keep(item: Object) -> Found | None:
            return read(item) if item["involvedObject"].get("uid") in uids else None

        try:
            return self._api.collect(events_path(self._pods.namespace), keep, field_selector=field_selector)
        except Forbidden as error:
            self.sees_events = False
            self.warnings.append(
                f"events could not be read, so an image counts as pulled unless the node listed it before: {error}"
            )
            return []

    def last_warning(self, uid: str) -> str:
        """Reason and message of the last one about a Pod, empty for none."""
        selector = f"involvedObject.uid={uid},type=Warning"
        try:
            events = self._api.list_all(events_path(self._pods.namespace), field_selector=selector)
        except RegcredError:
            return ""
        last = max(events, key=last_time, default=None)
        return f"{last.get('reason', '')}: {last.get('message', '')}" if last else ""

    def remove(self, pods: t.Sequence[_Made]) -> None:
        """Remove what is done; what stays is a warning."""
        problems = self._api.at_once(self._delete, pods)
        if any(problems):
            self.warnings.append(
                f"Pods could not be removed, the next run with this owner tries again: {next(filter(None, problems))}"
            )

    def _delete(self, pod: _Made) -> str:
        """Why it could not be removed, empty when it is gone."""
        try:
            self._api.delete(pod_path(self._pods.namespace, pod.name), uid=pod.uid)
        except (NotFound, Conflict):
            return ""
        except RegcredError as error:
            return str(error)
        return ""
