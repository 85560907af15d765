# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What became of the images of a Pod that is there to have them pulled.

Sources: ``startContainer`` in ``pkg/kubelet/kuberuntime/kuberuntime_container.go``, ``pkg/kubelet/images/image_manager.go``,
``getPullSecretsForPod`` in ``pkg/kubelet/kubelet_pods.go``.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..pull.failure import Cause, cause_of
from ..pull.puller import PullFailure

AFTER_THE_PULL = frozenset(
    (
        "CreateContainerConfigError",
        "PreCreateHookError",
        "CreateContainerError",
        "PreStartHookError",
        "RunContainerError",
        "PostStartHookError",
    )
)
"""What a container waits with whose image is there."""

PASSING: frozenset[Cause] = frozenset(("unreachable", "throttled", "other"))
"""What may pass by itself; anything else stays as it is until somebody does something about it."""

FOR_WANT_OF_SECRETS: frozenset[Cause] = frozenset(("denied", "not_found"))
"""What a registry says to whoever has no credential; to whoever has one it means that a repeat is of no use."""

PATIENCE_SECONDS = 60.0
"""For how long a kubelet may try again what may pass: it does so after 10, 30 and 70 seconds."""

SECOND_TRY_SECONDS = 15.0
"""For how long it may try again when nobody knows whether it had its Secrets."""

LACKS_SECRETS = "FailedToRetrieveImagePullSecret"
"""
The reason of an event. A kubelet waits one second for the Secrets of a new Pod, which a busy API server may exceed, and which it
refuses until it has noticed itself that the Pod is on that node; then the kubelet pulls without them, and has them at its next try.
"""
_LACKING = re.compile(r"image pull secrets \(([^)]*)\)")

Word = t.Literal["pulled", "present"]
"""What a kubelet says of an image that is there: whether it pulled it, for this Pod."""


class ContainerState(t.NamedTuple):
    """
    A container.

    Attributes:
        image_id: Empty as long as there is no container, which is no sign that there is no image.
        waiting: The reason why it waits, empty if it does not.
    """

    image_id: str = ""
    waiting: str = ""


@dataclass(frozen=True)
class PulledPod:
    """
    A Pod as it stands.

    Attributes:
        uid: Its own.
        has_ended: Whether its kubelet gave it up; it does no more then.
        condition: Why it has, or how the Pod is, as its status says.
        containers: By name, those of which something is known.
        failures: By container, what keeps an image from being pulled.
    """

    uid: str
    has_ended: bool
    condition: str
    containers: t.Mapping[str, ContainerState]
    failures: t.Mapping[str, PullFailure]

    def is_present(self, container: str) -> bool:
        """Whether a container's image is on the node, and may be used by the Pod."""
        state = self.containers.get(container, ContainerState())
        return bool(state.image_id) or state.waiting in AFTER_THE_PULL

    def has_failed(self, container: str, failing_seconds: float, *, had_secrets: bool | None = True) -> bool:
        """
        Whether a container's image will not come any more.

        Args:
            container: Its name.
            failing_seconds: For how long it has failed.
            had_secrets: Whether its kubelet had the Pod's Secrets, ``None`` when that is not known.
        """
        failure = self.failures.get(container)
        if self.is_present(container):
            return False
        if failure is None or self.has_ended:
            return self.has_ended
        return failing_seconds >= _patience(cause_of(failure.reason, failure.message), had_secrets=had_secrets)

    def may_lack_secrets(self) -> bool:
        """Whether a failure could be for want of Secrets."""
        causes = (cause_of(failure.reason, failure.message) for failure in self.failures.values())
        return any(cause in FOR_WANT_OF_SECRETS for cause in causes)


def _patience(cause: Cause, *, had_secrets: bool | None) -> float:
    """For how many seconds to leave a failure to the kubelet's next tries."""
    if cause in PASSING:
        return PATIENCE_SECONDS
    if cause not in FOR_WANT_OF_SECRETS or had_secrets:
        return 0.0
    return SECOND_TRY_SECONDS if had_secrets is None else PATIENCE_SECONDS


def word_in(message: str) -> Word | None:
    """What an event with the reason ``Pulled`` says."""
    if message.startswith("Successfully pulled image "):
        return "pulled"
    return "present" if "already present on machine" in message else None


def lacking_in(message: str) -> list[str]:
    """The Secrets that an event with the reason ``LACKS_SECRETS`` names."""
    found = _LACKING.search(message)
    return found.group(1).split(", ") if found else []
