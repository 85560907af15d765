# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be pulled on which node, and what came of it: the same values in check mode, in a run and in the result."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass

from ..cluster.node import ClusterNode
from ..image.reference import parse_image

ImageAction = t.Literal["pulled", "unchanged", "failed"]
NodeAction = t.Literal["pulled", "unchanged", "skipped", "failed"]

NODE_ACTIONS: tuple[NodeAction, ...] = ("pulled", "unchanged", "skipped", "failed")
_TOLD = 6


class ImageResult(t.NamedTuple):
    """What happens, or happened, to one image on one node."""

    image: str
    action: ImageAction
    reason: str


@dataclass(frozen=True)
class NodeResult:
    """
    What happens, or happened, on one node.

    Args:
        node: Its name.
        images: One for each image, in the order of the task.
        left_out: Why the node was skipped, empty if it was not.
    """

    node: str
    images: tuple[ImageResult, ...] = ()
    left_out: str = ""

    @property
    def action(self) -> NodeAction:
        """A failure before all."""
        if self.left_out:
            return "skipped"
        actions = {image.action for image in self.images}
        return "failed" if "failed" in actions else "pulled" if "pulled" in actions else "unchanged"

    @property
    def is_changed(self) -> bool:
        """Whether any image is pulled, also where another failed."""
        return any(image.action == "pulled" for image in self.images)

    @property
    def reason(self) -> str:
        """The failures first; then what was pulled all the same."""
        if self.left_out:
            return self.left_out
        told = [image for image in self.images if image.action != "unchanged"]
        told.sort(key=lambda image: image.action != "failed")
        more = [f"and {len(told) - _TOLD} more, see images"] if told[_TOLD:] else []
        return "; ".join([*(f"{image.image}: {image.reason}" for image in told[:_TOLD]), *more])


def count_node_actions(results: t.Iterable[NodeResult]) -> dict[str, int]:
    """Number of nodes by action, all actions named."""
    counted = Counter(result.action for result in results)
    return {action: counted[action] for action in NODE_ACTIONS}


def is_listed(image: str, node: ClusterNode) -> bool:
    """Whether a node's status lists an image; those that Docker pulled bear their short names there."""
    reference = parse_image(image)
    suffix = f"@{reference.digest}" if reference.digest else f":{reference.tag}"
    return not node.images.isdisjoint((reference.repository + suffix, reference.familiar + suffix))


def foreseen(images: t.Iterable[str], node: ClusterNode) -> NodeResult:
    """What will happen on a node, as far as its status tells."""
    return NodeResult(
        node.name,
        tuple(
            ImageResult(image, "unchanged", "listed by the node")
            if is_listed(image, node)
            else ImageResult(image, "pulled", "not among the images that the node lists")
            for image in images
        ),
    )
