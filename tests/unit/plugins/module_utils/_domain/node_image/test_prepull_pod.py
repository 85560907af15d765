"""The Pod that has a kubelet pull."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import (
    NODE,
    Change,
    PlaceResult,
    count_actions,
    skipped_node,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import ClusterNode
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_pod import (
    PrepullPods,
    foreseen,
    is_listed,
    of_image,
    parts,
)

PODS = PrepullPods("shop", ("one", "two"), "web", "platform", "0a1b", 600)


def test_manifest() -> None:
    """A Pod is pinned to its node, pulls what is missing, is safe for Pod Security, and ends by itself some time."""
    manifest = PODS.manifest(7, "worker-1", ["nginx", "quay.io/a/b:1"])

    spec = manifest["spec"]
    assert manifest["metadata"] == {
        "name": "regcred-prepull-0a1b-7",
        "namespace": "shop",
        "labels": {
            "app.kubernetes.io/managed-by": "regcred.kubernetes",
            "regcred.kubernetes/owner": "platform",
            "app.kubernetes.io/component": "image-prepull",
            "regcred.kubernetes/run": "0a1b",
        },
    }
    assert (spec["nodeName"], spec["serviceAccountName"]) == ("worker-1", "web")
    assert spec["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}]
    assert (spec["activeDeadlineSeconds"], spec["restartPolicy"]) == (660, "Never")
    assert (spec["automountServiceAccountToken"], spec["tolerations"]) == (False, [{"operator": "Exists"}])
    assert spec["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert [(each["name"], each["image"]) for each in spec["containers"]] == [
        ("image-0", "nginx"),
        ("image-1", "quay.io/a/b:1"),
    ]
    for container in spec["containers"]:
        assert container["imagePullPolicy"] == "IfNotPresent"
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }


def test_no_secrets() -> None:
    """Without Secrets of its own, a Pod has no list, so that it gets that of its ServiceAccount."""
    assert "imagePullSecrets" not in replace(PODS, secrets=()).manifest(1, "worker-1", ["nginx"])["spec"]


def test_parts() -> None:
    """No Pod has more images than a kubelet tells events of."""
    assert [len(part) for part in parts([str(number) for number in range(13)])] == [6, 6, 1]
    assert sum(parts(["a", "b", "c", "d", "e", "f", "g"]), ()) == ("a", "b", "c", "d", "e", "f", "g")


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
