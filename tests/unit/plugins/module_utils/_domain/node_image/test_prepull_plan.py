"""What is pulled where."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import (
    NODE,
    Change,
    PlaceResult,
    count_actions,
    skipped_node,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import ClusterNode
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_plan import (
    foreseen,
    is_listed,
    of_image,
)

DIGEST = "sha256:" + "a" * 64
WORKER = ClusterNode(
    "one", images=frozenset(("docker.io/library/nginx:1.27", "quay.io/a/b:latest", f"quay.io/a/c@{DIGEST}", "redis:7"))
)
PULLED = of_image("a", "pulled", "was pulled")
UNCHANGED = of_image("a", "unchanged", "was there")
FAILED = of_image("a", "failed", "was refused")


@pytest.mark.parametrize(
    "image", ["nginx:1.27", "docker.io/nginx:1.27", "quay.io/a/b", f"quay.io/a/c:9@{DIGEST}", "redis:7"]
)
def test_listed(image: str) -> None:
    """An image is listed under its normalised name, by digest where it has one, or as Docker shows it."""
    assert is_listed(image, WORKER)


@pytest.mark.parametrize(
    "image", ["nginx", "quay.io/a/b:1", "quay.io/a/c:9", f"quay.io/a/b@{DIGEST}", "quay.io/redis:7"]
)
def test_not_listed(image: str) -> None:
    """Another tag, digest or registry is another image."""
    assert not is_listed(image, WORKER)


def test_foreseen() -> None:
    """What a node does not list would be pulled."""
    result = foreseen(["nginx:1.27", "nginx"], WORKER)

    assert [(each.name, each.action) for each in result.changes] == [("nginx:1.27", "unchanged"), ("nginx", "pulled")]
    assert (result.action, result.is_changed) == ("pulled", True)


@pytest.mark.parametrize(
    ("images", "action", "is_changed", "reason"),
    [
        ((UNCHANGED,), "unchanged", False, ""),
        ((UNCHANGED, PULLED), "pulled", True, "a: was pulled"),
        ((PULLED, FAILED), "failed", True, "a: was refused; a: was pulled"),
        ((FAILED,) * 8, "failed", False, "a: was refused; " * 6 + "and 2 more, see images"),
    ],
)
def test_node(images: tuple[Change, ...], action: str, is_changed: bool, reason: str) -> None:
    """A node's failure comes before all, and what was pulled all the same is reported and counts as a change."""
    result = PlaceResult("one", images, kind=NODE)

    assert (result.action, result.is_changed, result.reason) == (action, is_changed, reason)


def test_counts() -> None:
    """All actions are counted, those of no node too."""
    skipped = skipped_node("two", "it is not Ready")

    assert (skipped.action, skipped.reason) == ("skipped", "it is not Ready")
    assert count_actions([PlaceResult("one", (PULLED,), kind=NODE), skipped], NODE) == {
        "pulled": 1,
        "unchanged": 0,
        "skipped": 1,
        "failed": 0,
    }
