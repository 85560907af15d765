# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a Pod is that has images pulled, when there is nothing more to come of it, and what came of its images."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..change import Change
from ..cluster.node import ClusterNode
from ..masking.mask import Mask
from ..pull.findings import failure_finding
from ..pull.outcome import Sources
from ..pull.puller import Puller, PullFailure
from .prepull_pod import container_name, is_listed, of_image
from .prepull_state import PulledPod, Word

EVENT_SECONDS = 3.0
"""For how long an event may come after the status that it belongs to."""


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


@dataclass(frozen=True)
class PodProgress:
    """
    A Pod under way; all times are seconds of one clock.

    Attributes:
        node: Where it pulls.
        images: In the order of its containers.
        started: When it was made.
        seen: As it stood at the last look, ``None`` when it was not there.
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
    seen: PulledPod | None = None
    failing: t.Mapping[str, float] = field(default_factory=dict)
    settled: float | None = None
    words: t.Mapping[str, Word] = field(default_factory=dict)
    had_secrets: bool | None = None

    @property
    def containers(self) -> list[str]:
        """The names of its containers."""
        return [container_name(index) for index in range(len(self.images))]

    def seen_as(self, seen: PulledPod | None) -> PodProgress:
        """The Pod as it stands at another look."""
        return replace(self, seen=seen)

    @property
    def asks_for_warnings(self) -> bool:
        """Whether it matters what its kubelet reported of its Secrets, and is not known yet."""
        return self.had_secrets is None and self.seen is not None and self.seen.may_lack_secrets()

    def with_warnings(
        self, warnings: t.Collection[tuple[str, t.Collection[str]]], secrets: frozenset[str]
    ) -> PodProgress:
        """
        Learn whether its kubelet had its Secrets; the warning of that comes before the one of a failed pull.

        Args:
            warnings: The reason of each warning about it, and the Secrets that are lacking by it.
            secrets: Those that its kubelet will have.
        """
        if any(secrets.intersection(lacking) for _reason, lacking in warnings):
            return replace(self, had_secrets=False)
        if not secrets or any(reason == "Failed" for reason, _lacking in warnings):
            return replace(self, had_secrets=True)
        return self

    def at(self, now: float) -> PodProgress:
        """Note what fails, and whether all is settled by now."""
        if self.seen is None:
            return replace(self, settled=now)
        failing = {name: self.failing.get(name, now) for name in self.containers if name in self.seen.failures}
        is_settled = all(
            self.seen.is_present(name)
            or self.seen.has_failed(name, now - failing.get(name, now), had_secrets=self.had_secrets)
            for name in self.containers
        )
        settled = now if is_settled and self.settled is None else self.settled
        return replace(self, failing=failing, settled=settled)

    def with_words(self, words: t.Iterable[tuple[str, Word]]) -> PodProgress:
        """Add what was reported of containers: a pull counts, though later looks at the image find it present."""
        known = dict(self.words)
        for container, word in words:
            known[container] = "pulled" if "pulled" in (word, known.get(container)) else "present"
        return replace(self, words=known)

    def is_late(self, now: float, timeout: float) -> bool:
        """Whether its time is over."""
        return now - self.started >= timeout

    def is_done(self, now: float, timeout: float, *, sees_events: bool) -> bool:
        """Whether nothing more is waited for; without events no words come."""
        if self.seen is None or self.is_late(now, timeout):
            return True
        if self.settled is None:
            return False
        is_reported = all(name in self.words for name in self.containers if self.seen.is_present(name))
        return is_reported or not sees_events or now - self.settled >= EVENT_SECONDS

    @property
    def is_silent(self) -> bool:
        """Whether it is there, and nothing was settled."""
        return self.seen is not None and self.settled is None

    def outcomes(self, credentials: Credentials, timeout: float, last_warning: str) -> list[Change]:
        """What came of each image; ``last_warning`` is the last of its kubelet where it is silent, empty for none."""
        if self.seen is None:
            why = (
                f"somebody else removed Pod {self.name}; run again, and give this task an owner of its own if another one"
                " was at work at the same time"
            )
        elif self.settled is None:
            why = (
                f"not there after {timeout} s{f'; the last warning was {last_warning!r}' if last_warning else ''};"
                " give it more time (timeout), or see what kubectl describe node says"
            )
        else:
            why = f"the kubelet gave its Pod up ({self.seen.condition})"
        return [self._outcome(name, image, credentials, why) for name, image in zip(self.containers, self.images)]

    def _outcome(self, container: str, image: str, credentials: Credentials, why: str) -> Change:
        if self.seen is not None and self.seen.is_present(container):
            word = self.words.get(container) or ("present" if is_listed(image, self.node) else "pulled")
            if word == "present":
                return of_image(image, "unchanged", "already present")
            return of_image(image, "pulled", "pulled by the kubelet")
        failure = self.seen.failures.get(container) if self.seen else None
        if failure is not None:
            return of_image(image, "failed", _failure_text(failure, image, credentials))
        return of_image(image, "failed", str(credentials.mask.hide(why)))


def _failure_text(failure: PullFailure, image: str, credentials: Credentials) -> str:
    mask = credentials.mask
    failure = failure._replace(image=image, reason=mask.hide(failure.reason), message=mask.hide(failure.message))
    cure = failure_finding(credentials.puller, failure, credentials.sources).cure
    message = failure.message.partition(": ErrImagePull: ")[2] or failure.message
    return f"{message}; {cure}"
