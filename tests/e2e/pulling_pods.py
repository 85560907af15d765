"""Pods whose pulls are real, and what the kubelet says of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from tests.cluster.deadlines import wait_for

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tests.cluster.client import Client, Document

RUNNING: t.Final = "running"
# A Pod that has one is left alone, so that questions about it can be asked before anything happens.
GATE: t.Final = "regcred.test/asked"


@dataclass(frozen=True)
class PullingPod:
    """
    What a Pod pulls, and with what.

    Attributes:
        images: As they are written; a container each.
        secrets: Its own list of Secrets.
        account: Its ServiceAccount.
        policy: Its ``imagePullPolicy``; empty for the API server's default.
        is_gated: Whether it waits for `let_go`.
        node: Where it runs; empty for any.
    """

    images: Sequence[str]
    secrets: Sequence[str] = ()
    account: str = "default"
    policy: str = ""
    is_gated: bool = False
    node: str = ""


def make_pod(client: Client, namespace: str, name: str, pod: PullingPod) -> None:
    """Make it."""
    more = {"imagePullPolicy": pod.policy} if pod.policy else {}
    spec: Document = {
        "containers": [{"name": f"c{number}", "image": image, **more} for number, image in enumerate(pod.images)],
        "imagePullSecrets": [{"name": secret} for secret in pod.secrets],
        "serviceAccountName": pod.account,
        **({"nodeName": pod.node} if pod.node else {}),
        "schedulingGates": [{"name": GATE}] if pod.is_gated else [],
    }
    metadata = {"name": name, "namespace": namespace}
    client.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def let_go(client: Client, namespace: str) -> None:
    """Take the gates of all Pods away."""
    path = f"/api/v1/namespaces/{namespace}/pods"
    for pod in client.get(path)["items"]:
        if pod["spec"].get("schedulingGates"):
            client.patch(f"{path}/{pod['metadata']['name']}", {"spec": {"schedulingGates": None}})


def wait_until_settled(client: Client, namespace: str, runs: Mapping[str, bool]) -> dict[str, str]:
    """
    Wait until each of these Pods runs, or waits for an image, as ``runs`` says.

    Returns:
        ``running``, or reason and message of the first container that waits for its image, by Pod.
    """
    states: dict[str, str] = {}

    def have_settled() -> bool:
        pods = client.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        states.update({name: _state(pod) for pod in pods if (name := pod["metadata"]["name"]) in runs})
        return all(_is_settled(states.get(name, ""), runs=wanted) for name, wanted in runs.items())

    wait_for(have_settled, states)
    return states


def verdicts(result: Mapping[str, t.Any]) -> dict[str, list[str]]:
    """What image_pull_info says becomes of each image, by Pod."""
    found: dict[str, list[str]] = {}
    for row in result["pulls"]:
        for name in row["objects"]:
            found.setdefault(name.removeprefix("Pod/"), []).append(row["verdict"])
    return found


def _is_settled(state: str, *, runs: bool) -> bool:
    return bool(state) and (state == RUNNING) == runs


def _state(pod: Document) -> str:
    """Empty as long as nothing is decided."""
    states: Collection[Document] = [each["state"] for each in pod["status"].get("containerStatuses", [])]
    if states and all(RUNNING in state for state in states):
        return RUNNING
    for state in states:
        waiting = state.get("waiting", {})
        if waiting.get("reason", "") not in {"", "ContainerCreating", "PodInitializing"}:
            return f"{waiting['reason']}: {waiting.get('message', '')}"
    return ""
