"""The Pod that has a kubelet pull."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_pod import (
    PrepullPods,
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
