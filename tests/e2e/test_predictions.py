"""What image_pull_info says before a pull, and what a real kubelet then does."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.cluster.binaries import NODE, find_programs
from tests.cluster.client import Client, Document
from tests.cluster.cluster import Cluster
from tests.cluster.images import make_image, push_image
from tests.cluster.node import Node, start_node, why_no_node
from tests.cluster.registry import start_registry
from tests.e2e.module_runs import Modules
from tests.e2e.pull_objects import config, make_secret

HOST: t.Final = "registry.example.test"
PASSWORD: t.Final = "made-up-for-this-test"
WAIT_SECONDS: t.Final = 60


class Case(t.NamedTuple):
    """A Pod's Secrets, what is foreseen, whether it runs, and how the cure begins of a Pod that does not."""

    secrets: list[str]
    verdict: str
    runs: bool
    cure: str = ""


CASES: t.Final = {
    "right": Case(["right"], "credentials", runs=True),
    "right-after-wrong": Case(["wrong", "right"], "credentials", runs=True),
    "wrong": Case(["wrong"], "credentials", runs=False, cure="check that what is tried is still good"),
    "none": Case([], "anonymous", runs=False, cure="it has no Secret to pull with"),
    "missing": Case(["missing"], "anonymous", runs=False, cure="no credential of its Secrets (missing) matches"),
    "malformed": Case(["right", "malformed"], "blocked", runs=False, cure="correct Secret malformed"),
}


@pytest.fixture(name="node", scope="module")
def _node(cluster: Cluster) -> t.Iterator[Node]:
    """
    A node whose registry has an image for each case.

    An image that one Pod has pulled, all others may use before Kubernetes 1.35 (KubeletEnsureSecretPulledImages).
    """
    reason = why_no_node() if cluster.is_ours else "a node joins only a cluster that was started here"
    if reason:
        pytest.skip(reason)
    find_programs(NODE)
    with start_registry({"robot": PASSWORD}) as registry, start_node(cluster, {HOST: registry}) as node:
        for name in CASES:
            push_image(registry, f"team/{name}", "v1", make_image(name))
        yield node


@pytest.mark.usefixtures("node")
def test_a_kubelet_does_what_was_foreseen(cluster: Cluster, admin: Modules) -> None:
    """Pods with a good credential run, the others wait with a cause that was told before, and are told as they are."""
    namespace = cluster.make_namespace("predicted")
    for name, password in (("right", PASSWORD), ("wrong", "not-it")):
        make_secret(cluster.client, namespace, name, config(HOST, username="robot", password=password))
    make_secret(cluster.client, namespace, "malformed", config("quay.io", auth="no base64!"))
    for name, case in CASES.items():
        question = {"namespaces": [namespace], "images": [_image(name)], "image_pull_secrets": case.secrets}
        (pull,) = admin.run_module("image_pull_info", question).result["pulls"]
        assert (name, pull["verdict"]) == (name, case.verdict)
        cluster.client.create(_pod(namespace, name, case.secrets))

    _wait_until_settled(cluster.client, namespace)
    found = admin.run_module("image_pull_info", {"namespaces": [namespace]}).result

    verdicts = {object_name: row["verdict"] for row in found["pulls"] for object_name in row["objects"]}
    failing = {each["name"]: each for each in found["findings"] if each["code"] == "pull_failing"}
    assert verdicts == {f"Pod/{name}": case.verdict for name, case in CASES.items()}
    assert set(failing) == {name for name, case in CASES.items() if not case.runs}
    for name, finding in failing.items():
        assert finding["cure"].startswith(CASES[name].cure)
        assert finding["events"]


def _image(name: str) -> str:
    return f"{HOST}/team/{name}:v1"


def _pod(namespace: str, name: str, secrets: t.Sequence[str]) -> Document:
    spec = {
        "containers": [{"name": "main", "image": _image(name)}],
        "imagePullSecrets": [{"name": secret} for secret in secrets],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def _wait_until_settled(client: Client, namespace: str) -> None:
    """Until each Pod runs, or waits for its image."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        pods = client.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        states = {pod["metadata"]["name"]: _state(pod) for pod in pods}
        if all(states[name] == ("running" if case.runs else "failed") for name, case in CASES.items()):
            return
        assert time.monotonic() < deadline, f"after {WAIT_SECONDS} s: {states}"
        time.sleep(0.1)


def _state(pod: Document) -> str:
    for container in pod["status"].get("containerStatuses", []):
        reason = container["state"].get("waiting", {}).get("reason", "")
        if "running" in container["state"]:
            return "running"
        return "" if reason in {"", "ContainerCreating", "PodInitializing"} else "failed"
    return ""
