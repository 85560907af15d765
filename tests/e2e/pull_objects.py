"""Objects about which image_pull_info has something to tell, made as their owners and kubelets would make them."""

from __future__ import annotations

import base64
import json
import secrets
import time
import typing as t

from tests.cluster.deadlines import HANGS_AFTER_SECONDS

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
    """Make this the list of the default ServiceAccount, and wait until new Pods get it: the API server reads lists from a watch."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    client.patch(path, {"imagePullSecrets": [{"name": name} for name in names]})
    probe = _pod(namespace, "probe", ())
    deadline = time.monotonic() + HANGS_AFTER_SECONDS
    while True:
        admitted = client.request("POST", f"/api/v1/namespaces/{namespace}/pods", probe, dryRun="All")
        if [entry["name"] for entry in admitted["spec"].get("imagePullSecrets", [])] == list(names):
            return
        assert time.monotonic() < deadline, f"namespace {namespace}: new Pods do not get the list"


def make_pod(client: Client, namespace: str, name: str, *names: str) -> None:
    """A Pod that no node takes, with a list of its own, if there is one."""
    client.create(_pod(namespace, name, names))


def _pod(namespace: str, name: str, names: t.Sequence[str]) -> Document:
    spec: Document = {"containers": [{"name": "app", "image": IMAGE}], "nodeSelector": NOWHERE}
    if names:
        spec["imagePullSecrets"] = [{"name": each} for each in names]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


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
