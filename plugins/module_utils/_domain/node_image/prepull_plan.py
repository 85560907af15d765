# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be pulled on which node, and what came of it: the same values in check mode, in a run and in the result."""

from __future__ import annotations

import typing as t

from ..change import NODE, Action, Change, PlaceResult
from ..cluster.node import ClusterNode
from ..image.reference import parse_image


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
