# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pulls images: Pods, the templates of workloads, and Pods that somebody only asks about."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

TEMPLATE_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


class ContainerImage(t.NamedTuple):
    """
    An image and the pull policy beside it, as they stand in a Pod or template.

    Attributes:
        image: As written.
        policy: Empty where none is given, and the API server's default applies.
    """

    image: str
    policy: str = ""


@dataclass(frozen=True)
class PodSpec:
    """
    What of a Pod's spec decides about its pulls; equal for the Pods of one workload.

    Attributes:
        service_account: Its name; empty for a static Pod, which has none.
        secrets: The names in ``imagePullSecrets``, as they stand.
        images: Of all containers, init and ephemeral ones too, and of image volumes.
    """

    service_account: str
    secrets: tuple[str, ...] = ()
    images: tuple[ContainerImage, ...] = ()


class PullFailure(t.NamedTuple):
    """
    A container that waits for its image.

    Attributes:
        container: The container's name.
        image: The image that it waits for, as written.
        reason: Such as ``ErrImagePull`` or ``ImagePullBackOff``.
        message: What the kubelet says.
    """

    container: str
    image: str
    reason: str
    message: str


@dataclass(frozen=True)
class Puller:
    """
    What pulls, or would pull.

    Attributes:
        kind: ``Pod``, one of ``TEMPLATE_KINDS``, or empty for a Pod that is only asked about.
        name: Empty for a Pod that is only asked about.
        spec: Its pulls.
        failures: Its containers that wait for an image.
        events: The texts of events about its pulls, the last one first.
        uid: By which events name it: that of the object, or for a static Pod that of its manifest.
    """

    namespace: str
    kind: str
    name: str
    spec: PodSpec
    failures: tuple[PullFailure, ...] = ()
    events: tuple[str, ...] = ()
    uid: str = field(default="", compare=False)

    @property
    def is_admitted(self) -> bool:
        """Whether it is a Pod that exists, whose list of Secrets is final."""
        return self.kind == "Pod"
