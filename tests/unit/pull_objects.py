"""Pods, pull Secrets and events for the explanation of image pulls."""

from __future__ import annotations

import base64
import json
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.namespaces import NamespaceSelection
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    KubeApi,
    events_path,
    pods_path,
    secrets_path,
    service_account_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.explain_image_pulls import (
    AskedPods,
    Explained,
    RunningPods,
    explain_image_pulls,
)
from tests.unit.worlds import World, api, foreign_secret


def make_pull_secret(world: World, namespace: str, name: str, *registries: str) -> None:
    """A Secret that has a credential for each of these registries, with the user ``puller`` and a password of its name."""
    auths = {registry: {"username": "puller", "password": f"password-{name}"} for registry in registries}
    document = base64.b64encode(json.dumps({"auths": auths}).encode()).decode("ascii")
    api(world).create(
        secrets_path(namespace),
        {**foreign_secret(name, namespace), "data": {".dockerconfigjson": document}},
    )


def link(world: World, namespace: str, *secrets: str, account: str = "default") -> None:
    """Make this the list of a ServiceAccount, and wait until new Pods get it: the API server reads lists from a watch."""
    references = [{"name": secret} for secret in secrets]
    api(world).merge_patch(service_account_path(namespace, account), {"imagePullSecrets": references})
    for _unused in range(1000):
        name = world.new_name()
        probe = make_pod(world, namespace, name, "probe", account=account)
        api(world).delete(f"{pods_path(namespace)}/{name}", uid=probe["metadata"]["uid"])
        if [entry.get("name", "") for entry in probe["spec"].get("imagePullSecrets") or []] == list(secrets):
            return
    raise AssertionError(f"new Pods in {namespace} do not get the list")


def pod_spec(*images: str, secrets: t.Sequence[str] = (), account: str = "") -> dict[str, t.Any]:
    """A spec of Pods that no node takes; containers are called ``c0``, ``c1`` and so on."""
    return {
        "containers": [{"name": f"c{number}", "image": image} for number, image in enumerate(images)],
        "nodeSelector": {"no-such-node": "true"},
        "restartPolicy": "Never",
        **({"imagePullSecrets": [{"name": secret} for secret in secrets]} if secrets else {}),
        **({"serviceAccountName": account} if account else {}),
    }


def make_pod(world: World, namespace: str, name: str, *images: str, **more: t.Any) -> dict[str, t.Any]:
    """A Pod; ``secrets`` and ``account`` as for ``pod_spec``, the rest is metadata. Returns what is stored."""
    spec = pod_spec(*images, secrets=more.pop("secrets", ()), account=more.pop("account", ""))
    metadata = {"name": name, "namespace": namespace, **more}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    return api(world).create(pods_path(namespace), manifest)


def set_status(world: World, namespace: str, pod: str, status: t.Mapping[str, t.Any]) -> None:
    """Say about a Pod what a kubelet would say."""
    api(world).merge_patch(f"{pods_path(namespace)}/{pod}/status", {"status": status})


def waiting(container: str, reason: str, message: str) -> dict[str, t.Any]:
    """The status of a Pod with a container that waits."""
    state = {"waiting": {"reason": reason, "message": message}}
    facts = {"name": container, "image": "", "imageID": "", "ready": False, "restartCount": 0, "state": state}
    return {"phase": "Pending", "containerStatuses": [facts]}


def make_event(
    world: World, namespace: str, pod: str, reason: str, message: str, *, uid: str = "", **more: t.Any
) -> None:
    """An event of a Pod, as a kubelet would make it; without a uid of whatever Pod has the name."""
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": world.new_name(), "namespace": namespace},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": pod, "uid": uid},
        "type": "Warning",
        "reason": reason,
        "message": message,
        **more,
    }
    api(world).create(events_path(namespace), event)


def explain(
    calls: KubeApi, namespaces: t.Iterable[str], subject: AskedPods | RunningPods | None = None, **more: t.Any
) -> Explained:
    """Explain the pulls in these namespaces; whatever is read, nothing is written."""
    return explain_image_pulls(
        calls, NamespaceSelection(tuple(namespaces), missing="skip"), subject or RunningPods(), **more
    )
