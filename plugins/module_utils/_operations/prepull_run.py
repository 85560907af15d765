# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods that have nodes pull: made, watched and removed, so many nodes at a time."""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections import deque
from dataclasses import dataclass, field

from .._domain.change import NODE, Change, PlaceResult
from .._domain.cluster.node import ClusterNode
from .._domain.errors import RegcredError
from .._domain.masking.mask import Mask
from .._domain.node_image.prepull_plan import is_listed, of_image
from .._domain.node_image.prepull_pod import PrepullPods, container_name, parts
from .._domain.node_image.prepull_state import PulledPod, Word
from .._domain.pull.findings import failure_finding
from .._domain.pull.outcome import Sources
from .._domain.pull.puller import Puller, PullFailure
from .._kube.api import KubeApi, Object, events_path, pod_path, pods_path
from .._kube.errors import AlreadyExists, Conflict, Forbidden, NotFound
from .._kube.pods import last_time, pull_warning_from, pull_word_from, pulled_pod_from
from .observe_pulls import WARNINGS_OF_PODS

POLL_SECONDS = 0.5
EVENT_SECONDS = 3.0
"""For how long an event may come after the status that it belongs to."""

PULLED_EVENTS = "involvedObject.kind=Pod,reason=Pulled"

Clock = t.Callable[[], float]
Found = t.TypeVar("Found")


class Credentials(t.NamedTuple):
    """
    What the Pods pull with.

    Attributes:
        puller: A Pod as they are, with the Secrets that it gets.
        sources: What these hold, as far as it could be seen.
        mask: Hides it in what others say.
        secrets: The Secrets that a kubelet will have; those that do not exist it never will.
    """

    puller: Puller
    sources: Sources
    mask: Mask
    secrets: frozenset[str] = frozenset()


@dataclass
class _Pod:
    """
    A Pod under way, and since when.

    Attributes:
        node: Where it pulls.
        images: In the order of its containers.
        started: When it was made, by our clock, as all times here.
        failing: Since when each container fails that does.
        settled: Since when there is nothing more to come of it but words; ``None`` before that.
        words: What its kubelet reported of its containers' images.
        had_secrets: Whether its kubelet had the Secrets that it will have, ``None`` as long as it has reported nothing of that.
    """

    node: ClusterNode
    images: tuple[str, ...]
    name: str
    uid: str
    started: float
    failing: dict[str, float] = field(default_factory=dict)
    settled: float | None = None
    words: dict[str, Word] = field(default_factory=dict)
    had_secrets: bool | None = None

    @property
    def containers(self) -> list[str]:
        return [container_name(index) for index in range(len(self.images))]


class PullRun:
    """
    Pulls on many nodes, by Pods of its own.

    Args:
        api: The API server that the Pods are made in.
        pods: What its Pods have in common.
        images: What is to be pulled.
        credentials: What the Pods pull with.
        clock: Gives seconds since any fixed moment.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        api: KubeApi,
        pods: PrepullPods,
        images: t.Sequence[str],
        credentials: Credentials,
        clock: Clock = time.monotonic,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self.warnings: list[str] = []
        self._api = api
        self._pods = pods
        self._images = images
        self._credentials = credentials
        self._clock = clock
        self._sleep = sleep
        self._number = 0
        self._active: list[_Pod] = []
        self._results: dict[str, dict[str, Change]] = {}
        self._sees_events = True
        self._may_have_strays = False

    def pull(self, nodes: t.Sequence[ClusterNode], parallelism: int) -> list[PlaceResult]:
        """
        Have these nodes pull; no Pod is left, whatever happens.

        Raises:
            ApiError: The API server could not be asked any more.
        """
        self._results = {node.name: {} for node in nodes}
        waiting = deque(nodes)
        try:
            self._remove_strays()
            while waiting or self._active:
                self._start(waiting, parallelism)
                self._look()
                if self._active:
                    self._sleep(POLL_SECONDS)
        except BaseException:
            self._may_have_strays = True
            raise
        finally:
            if self._may_have_strays:
                with contextlib.suppress(RegcredError):
                    self._remove_strays()
        return [self._result(node) for node in nodes]

    def _result(self, node: ClusterNode) -> PlaceResult:
        by_image = self._results[node.name]
        return PlaceResult(node.name, tuple(by_image[image] for image in self._images), kind=NODE)

    def _remove_strays(self) -> None:
        """All Pods of this owner: those of a run that was ended itself, and those of this one. Two runs at once have two owners."""
        strays = self._api.list_all(
            pods_path(self._pods.namespace), label_selector=self._pods.owner_selector, metadata_only=True
        )
        self._api.at_once(self._delete, [(item["metadata"]["name"], item["metadata"]["uid"]) for item in strays])

    def _start(self, waiting: deque[ClusterNode], parallelism: int) -> None:
        room = parallelism - len({pod.node.name for pod in self._active})
        starting = [waiting.popleft() for _unused in range(min(room, len(waiting)))]
        jobs = []
        for node in starting:
            for images in parts(self._images):
                self._number += 1
                jobs.append((self._number, node, images))
        # Noted as soon as it is there, so that it is removed even when another cannot be made.
        self._api.at_once(self._create, jobs)

    def _create(self, job: tuple[int, ClusterNode, tuple[str, ...]]) -> None:
        number, node, images = job
        manifest = self._pods.manifest(number, node.name, images)
        try:
            made = self._made(manifest)
        except RegcredError as error:
            self._may_have_strays = True  # it may have been made, and the answer lost
            self._keep_results(node.name, *(of_image(image, "failed", str(error)) for image in images))
            return
        metadata = made["metadata"]
        self._active.append(_Pod(node, images, metadata["name"], metadata["uid"], self._clock()))

    def _made(self, manifest: t.Mapping[str, t.Any]) -> Object:
        try:
            return self._api.create(pods_path(self._pods.namespace), manifest)
        except AlreadyExists:  # its name is of this run alone, so it is ours, by a request whose answer was lost
            return self._api.get(pod_path(self._pods.namespace, manifest["metadata"]["name"]))

    def _look(self) -> None:
        """Take what is done off the list, and the Pods out of the cluster."""
        if not self._active:
            return
        found = {
            pod.uid: pod
            for pod in self._api.collect(
                pods_path(self._pods.namespace), pulled_pod_from, label_selector=self._pods.run_selector
            )
        }
        now = self._clock()
        self._read_warnings([pod for pod in self._active if pod.uid in found and found[pod.uid].may_lack_secrets()])
        for pod in self._active:
            self._note(pod, found.get(pod.uid), now)
        self._read_words([pod for pod in self._active if pod.settled is not None or self._is_late(pod, now)])
        done = [pod for pod in self._active if self._is_done(pod, found.get(pod.uid), now)]
        for pod in done:
            self._keep_results(pod.node.name, *self._outcomes(pod, found.get(pod.uid)))
        self._active = [pod for pod in self._active if pod not in done]
        self._remove(done)

    def _note(self, pod: _Pod, seen: PulledPod | None, now: float) -> None:
        if seen is None:
            pod.settled = now
            return
        for container in pod.containers:
            if container in seen.failures:
                pod.failing.setdefault(container, now)
            else:
                pod.failing.pop(container, None)
        is_settled = all(
            seen.is_present(container)
            or seen.has_failed(container, now - pod.failing.get(container, now), had_secrets=pod.had_secrets)
            for container in pod.containers
        )
        if is_settled and pod.settled is None:
            pod.settled = now

    def _is_done(self, pod: _Pod, seen: PulledPod | None, now: float) -> bool:
        if seen is None or self._is_late(pod, now):
            return True
        if pod.settled is None:
            return False
        is_reported = all(container in pod.words for container in pod.containers if seen.is_present(container))
        return is_reported or not self._sees_events or now - pod.settled >= EVENT_SECONDS

    def _is_late(self, pod: _Pod, now: float) -> bool:
        return now - pod.started >= self._pods.timeout

    def _read_warnings(self, pods: t.Sequence[_Pod]) -> None:
        """Learn whether kubelets had the Secrets of these Pods; their warning of that comes before the one of a failed pull."""
        open_questions = {pod.uid: pod for pod in pods if pod.had_secrets is None}
        if not self._credentials.secrets:
            for pod in open_questions.values():
                pod.had_secrets = True
            return
        warnings = self._events(open_questions, pull_warning_from, WARNINGS_OF_PODS)
        for pod in open_questions.values():
            about = [warning for warning in warnings if warning.uid == pod.uid]
            if any(self._credentials.secrets.intersection(warning.lacking) for warning in about):
                pod.had_secrets = False
            elif any(warning.reason == "Failed" for warning in about):
                pod.had_secrets = True

    def _read_words(self, pods: t.Sequence[_Pod]) -> None:
        """Read what kubelets reported of the images of these Pods; a pull counts, though later looks at the image find it present."""
        by_uid = {pod.uid: pod for pod in pods}
        words = self._events(by_uid, pull_word_from, PULLED_EVENTS)
        for uid, container, word in words:
            known = by_uid[uid].words
            known[container] = "pulled" if "pulled" in (word, known.get(container)) else "present"

    def _events(
        self, uids: t.Collection[str], read: t.Callable[[Object], Found | None], field_selector: str
    ) -> list[Found]:
        """What is read of the events of these Pods; nothing, and a warning, where the user may not read them."""
        if not uids or not self._sees_events:
            return []

        def keep(item: Object) -> Found | None:
            return read(item) if item["involvedObject"].get("uid") in uids else None

        try:
            return self._api.collect(events_path(self._pods.namespace), keep, field_selector=field_selector)
        except Forbidden as error:
            self._sees_events = False
            self.warnings.append(
                f"events could not be read, so an image counts as pulled unless the node listed it before: {error}"
            )
            return []

    def _outcomes(self, pod: _Pod, seen: PulledPod | None) -> list[Change]:
        silent = "" if seen is not None and pod.settled is not None else self._why_not(pod, seen)
        return [
            self._outcome(pod, container, image, seen, silent) for container, image in zip(pod.containers, pod.images)
        ]

    def _outcome(self, pod: _Pod, container: str, image: str, seen: PulledPod | None, silent: str) -> Change:
        if seen is not None and seen.is_present(container):
            word = pod.words.get(container) or ("present" if is_listed(image, pod.node) else "pulled")
            if word == "present":
                return of_image(image, "unchanged", "already present")
            return of_image(image, "pulled", "pulled by the kubelet")
        failure = seen.failures.get(container) if seen else None
        if failure is not None:
            return of_image(image, "failed", self._failure_text(failure, image))
        reason = silent or f"the kubelet gave its Pod up ({seen.condition if seen else ''})"
        return of_image(image, "failed", str(self._credentials.mask.hide(reason)))

    def _failure_text(self, failure: PullFailure, image: str) -> str:
        mask = self._credentials.mask
        failure = failure._replace(image=image, reason=mask.hide(failure.reason), message=mask.hide(failure.message))
        cure = failure_finding(self._credentials.puller, failure, self._credentials.sources).cure
        message = failure.message.partition(": ErrImagePull: ")[2] or failure.message
        return f"{message}; {cure}"

    def _why_not(self, pod: _Pod, seen: PulledPod | None) -> str:
        if seen is None:
            return (
                f"somebody else removed Pod {pod.name}; run again, and give this task an owner of its own if another one"
                " was at work at the same time"
            )
        warning = self._last_warning(pod)
        return (
            f"not there after {self._pods.timeout} s{f'; the last warning was {warning!r}' if warning else ''};"
            " give it more time (timeout), or see what kubectl describe node says"
        )

    def _last_warning(self, pod: _Pod) -> str:
        try:
            events = self._api.list_all(
                events_path(self._pods.namespace), field_selector=f"involvedObject.uid={pod.uid},type=Warning"
            )
        except RegcredError:
            return ""
        last = max(events, key=last_time, default=None)
        return f"{last.get('reason', '')}: {last.get('message', '')}" if last else ""

    def _keep_results(self, node: str, *results: Change) -> None:
        self._results[node].update((result.name, result) for result in results)

    def _remove(self, pods: t.Sequence[_Pod]) -> None:
        problems = self._api.at_once(self._delete, [(pod.name, pod.uid) for pod in pods])
        if any(problems):
            self.warnings.append(
                f"Pods could not be removed, the next run with this owner tries again: {next(filter(None, problems))}"
            )

    def _delete(self, pod: tuple[str, str]) -> str:
        """Why it could not be removed, empty when it is gone."""
        name, uid = pod
        try:
            self._api.delete(pod_path(self._pods.namespace, name), uid=uid)
        except (NotFound, Conflict):
            return ""
        except RegcredError as error:
            return str(error)
        return ""
