# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A Pod that has a kubelet pull images and does nothing else.

Its command exists in no image. A kubelet pulls a container's image before it creates and starts the container
(``startContainer`` in ``pkg/kubelet/kuberuntime/kuberuntime_container.go``), so the image is there when the start fails, and
nothing of it ever runs. Image volumes would do without a container, but are off by default before Kubernetes 1.35.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..change import NODE, Action, Change, PlaceResult
from ..cluster.node import ClusterNode
from ..cluster.ownership import ownership_labels, ownership_selector
from ..image.reference import parse_image

COMMAND = "/regcred-prepull"
COMPONENT = {"app.kubernetes.io/component": "image-prepull"}
RUN = "regcred.kubernetes/run"

IMAGES_PER_POD = 6
"""A kubelet sends 25 events about a Pod in a row and drops the others (``client-go/tools/record``); an image makes four."""

SECONDS_BEYOND = 60
"""The kubelet gives up so much later than whoever waits: it is there for those who were ended themselves."""

Manifest = t.Dict[str, t.Any]


@dataclass(frozen=True)
class PrepullPods:
    """
    What all Pods of a run have in common.

    Attributes:
        namespace: Where they are.
        secrets: Their ``imagePullSecrets``; empty for those of the ServiceAccount.
        service_account: Theirs.
        owner: Whose they are.
        run: A text that no other run has.
        timeout: Seconds that a node may take.
    """

    namespace: str
    secrets: tuple[str, ...]
    service_account: str
    owner: str
    run: str
    timeout: int

    @property
    def run_selector(self) -> str:
        """The label selector for the Pods of this run."""
        return f"{RUN}={self.run}"

    @property
    def owner_selector(self) -> str:
        """The label selector for the Pods of all runs of this owner."""
        component = ",".join(f"{label}={value}" for label, value in COMPONENT.items())
        return f"{ownership_selector(self.owner)},{component}"

    def manifest(self, number: int, node: str, images: t.Sequence[str]) -> Manifest:
        """
        The Pod that has a node pull images.

        It names its node itself: no scheduler has to find room for it, and no taint but those that kubelets enforce counts.

        Args:
            number: Different for each Pod of the run.
            node: The node's name.
            images: At most ``IMAGES_PER_POD``.
        """
        labels = {**ownership_labels(self.owner), **COMPONENT, RUN: self.run}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"regcred-prepull-{self.run}-{number}",
                "namespace": self.namespace,
                "labels": labels,
            },
            "spec": {
                "nodeName": node,
                "serviceAccountName": self.service_account,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "restartPolicy": "Never",
                "activeDeadlineSeconds": self.timeout + SECONDS_BEYOND,
                "terminationGracePeriodSeconds": 0,
                "tolerations": [{"operator": "Exists"}],
                # As Pod Security "restricted" asks for; without a user, so that OpenShift can give it one.
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [_container(index, image) for index, image in enumerate(images)],
                **({"imagePullSecrets": [{"name": name} for name in self.secrets]} if self.secrets else {}),
            },
        }


def container_name(index: int) -> str:
    """The name of the container for the image at this place."""
    return f"image-{index}"


def parts(images: t.Sequence[str]) -> list[tuple[str, ...]]:
    """The images of each Pod that a node needs."""
    return [tuple(images[start : start + IMAGES_PER_POD]) for start in range(0, len(images), IMAGES_PER_POD)]


def _container(index: int, image: str) -> Manifest:
    return {
        "name": container_name(index),
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [COMMAND],
        # Stated, so that a LimitRange does not give more and a ResourceQuota does not ask for it.
        "resources": {"requests": {"cpu": "0", "memory": "0"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }


def of_image(image: str, action: Action, reason: str) -> Change:
    """What happens, or happened, to one image on one node."""
    return Change("image", image, action, reason)


def is_listed(image: str, node: ClusterNode) -> bool:
    """Whether a node's status lists an image; those that Docker pulled bear their short names there."""
    reference = parse_image(image)
    suffix = f"@{reference.digest}" if reference.digest else f":{reference.tag}"
    return not node.images.isdisjoint((reference.repository + suffix, reference.familiar + suffix))


def foreseen(images: t.Iterable[str], node: ClusterNode) -> PlaceResult:
    """What will happen on a node, as far as its status tells."""
    changes = (
        of_image(image, "unchanged", "listed by the node")
        if is_listed(image, node)
        else of_image(image, "pulled", "not among the images that the node lists")
        for image in images
    )
    return PlaceResult(node.name, tuple(changes), kind=NODE)
