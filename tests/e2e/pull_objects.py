"""Objects about which image_pull_info has something to tell, made as their owners and kubelets would make them."""

from __future__ import annotations

import base64
import json
import secrets
import typing as t

if t.TYPE_CHECKING:
    from tests.cluster.client import Client, Document

IMAGE: t.Final = "quay.io/team/app:v1"
NOWHERE: t.Final = {"no-such-node": "true"}


def base64_of(text: str | bytes) -> str:
    """Base64, as text."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def make_secret(
    client: Client, namespace: str, name: str, text: str, kind: str = "kubernetes.io/dockerconfigjson"
) -> None:
    """A Secret with this document."""
    key = ".dockercfg" if kind == "kubernetes.io/dockercfg" else ".dockerconfigjson"
    metadata = {"name": name, "namespace": namespace}
    client.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": {key: base64_of(text)}}
    )


def config(registry: str, **fields: str) -> str:
    """A docker config with one entry."""
    return json.dumps({"auths": {registry: fields}}, ensure_ascii=False)


def link(client: Client, namespace: str, *names: str) -> None:
    """Make this the list of the default ServiceAccount."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    client.patch(path, {"imagePullSecrets": [{"name": name} for name in names]})


def make_pod(client: Client, namespace: str, name: str, *names: str) -> None:
    """A Pod that no node takes, with a list of its own, if there is one."""
    spec: Document = {"containers": [{"name": "app", "image": IMAGE}], "nodeSelector": NOWHERE}
    if names:
        spec["imagePullSecrets"] = [{"name": name} for name in names]
    metadata = {"name": name, "namespace": namespace}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def let_it_fail(client: Client, namespace: str, pod: str, message: str, reason: str = "ErrImagePull") -> None:
    """What a kubelet says of a Pod whose pull fails: in its status, and as an event."""
    state = {"waiting": {"reason": reason, "message": message}}
    facts = {"name": "app", "image": IMAGE, "imageID": "", "ready": False, "restartCount": 0, "state": state}
    client.patch(f"/api/v1/namespaces/{namespace}/pods/{pod}/status", {"status": {"containerStatuses": [facts]}})
    client.create(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{pod}.{secrets.token_hex(4)}", "namespace": namespace},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": pod},
            "type": "Warning",
            "reason": "Failed",
            "message": f"Failed to pull image: {message}",
        }
    )
