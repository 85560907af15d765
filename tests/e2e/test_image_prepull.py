"""Nodes that pull for image_prepull, with a real kubelet and a real registry."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from tests.cluster.client import Document
from tests.cluster.cluster import Cluster
from tests.cluster.deadlines import HANGS_AFTER_SECONDS, wait_for
from tests.cluster.images import make_image, push_image
from tests.cluster.node import Node
from tests.cluster.pytest_plugin import HOST, USERS
from tests.cluster.registry import Registry
from tests.cluster.users import rule
from tests.e2e.module_runs import PROJECT, ModuleRun, Modules
from tests.e2e.pull_objects import config, make_secret

(USER, PASSWORD), *_others = USERS.items()
# Nothing listens there, so that a kubelet tries again and again.
NEVER: t.Final = "127.0.0.1:1/team/never:v1"
RUN_MODULE: t.Final = """\
import json, sys
import tests.unit.conftest  # makes the collection importable
from ansible_collections.regcred.kubernetes.plugins.modules.image_prepull import main
from tests.unit.module_run import patch_module_args
with patch_module_args(json.loads(sys.argv[1])):
    main()
"""


@pytest.fixture(name="restricted")
def _restricted(cluster: Cluster, namespace: str) -> str:
    """A namespace with Pod Security at its strictest, and a Secret that is good and one that is not."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.client.patch(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": labels}})
    for name, password in (("right", PASSWORD), ("wrong", "wrong-hunter2")):
        make_secret(cluster.client, namespace, name, config(HOST, username=USER, password=password))
    return namespace


def prepuller(cluster: Cluster, namespace: str) -> Path:
    """The kubeconfig of a user who has the rights that the documentation names, and no others."""
    name = f"prepuller-{namespace}"
    cluster.user(name, rules=[rule(["nodes"], ["list"])])
    rights = [rule(["pods"], ["create", "list", "delete"]), rule(["events", "serviceaccounts", "secrets"], ["list"])]
    return cluster.user(name, rules=rights, namespaces=[namespace])


def pods(cluster: Cluster, namespace: str) -> list[Document]:
    """The Pods of a namespace."""
    return cluster.client.list(f"/api/v1/namespaces/{namespace}/pods")


def outcomes(run: ModuleRun, node: Node) -> dict[str, str]:
    """What became of each image on the node."""
    rows = [row for row in run.result["nodes"] if row["node"] == node.name]
    return {image["image"].rpartition("/")[2]: image["action"] for row in rows for image in row["images"]}


def images_of(node: Node) -> str:
    """What containerd has."""
    return subprocess.run(
        [*node.ctr_command, "images", "list", "-q"], check=True, capture_output=True, text=True
    ).stdout


def test_four_steps(cluster: Cluster, node: Node, registry: Registry, admin: Modules, restricted: str) -> None:
    """
    Private images without a shell come to the node as check mode reported, once, and Pods with the Secret may use them.

    There are more of them than a kubelet would tell events of for one Pod. The second run is that of a user with the rights that
    the documentation names.
    """
    names = [f"prepull-{number}" for number in range(8)]
    for name in names:
        push_image(registry, f"team/{name}", "v1", make_image(name))
    images = [f"{HOST}/team/{name}:v1" for name in names]
    options = {"namespace": restricted, "images": images, "image_pull_secrets": ["right"], "nodes": [node.name]}

    planned = admin.run_module("image_prepull", options, check=True)

    assert (planned.changed, outcomes(planned, node)) == (True, {f"{name}:v1": "pulled" for name in names})
    assert "team/prepull-" not in images_of(node)

    done = admin.run_module("image_prepull", options)

    assert (done.failed, done.warnings, done.changed) == (False, [], True), done
    assert outcomes(done, node) == outcomes(planned, node)
    assert set(images) <= set(images_of(node).splitlines())
    assert pods(cluster, restricted) == []

    again = admin.as_user(prepuller(cluster, restricted)).run_module("image_prepull", options)

    assert (again.failed, again.warnings) == (False, []), again
    assert (again.changed, again.result["summary"]["unchanged"]) == (False, 1)
    assert run_never(cluster, restricted, images[0]) == "Running"


def test_refused(cluster: Cluster, node: Node, registry: Registry, admin: Modules, restricted: str) -> None:
    """A credential that is wrong fails its images at once, with what the kubelet says and where to look, and without the password."""
    push_image(registry, "team/prepull-private", "v1", make_image("prepull-private"))
    images = [f"{HOST}/team/prepull-private:v1", f"{HOST}/team/prepull-missing:v1"]

    start = time.monotonic()
    wrong = admin.run_module(
        "image_prepull",
        {"namespace": restricted, "images": images[:1], "image_pull_secrets": ["wrong"], "nodes": [node.name]},
    )
    right = admin.run_module(
        "image_prepull",
        {"namespace": restricted, "images": images, "image_pull_secrets": ["right"], "nodes": [node.name]},
    )

    assert time.monotonic() - start < HANGS_AFTER_SECONDS  # half of the time that the module would wait
    assert wrong.failed
    assert not wrong.changed
    assert "401 Unauthorized; check that what is tried is still good" in wrong.message
    assert "(Secret wrong)" in wrong.message
    assert "wrong-hunter2" not in json.dumps(wrong.result)
    assert right.failed
    assert outcomes(right, node) == {"prepull-private:v1": "pulled", "prepull-missing:v1": "failed"}
    assert "not found; check repository and tag" in right.message
    assert pods(cluster, restricted) == []


def test_ended(cluster: Cluster, admin: Modules, namespace: str, registry: Registry, node: Node) -> None:
    """A run that is asked to end takes its Pods with it; what a killed one left, the next takes away."""
    with started(cluster, namespace, node) as process:
        process.send_signal(signal.SIGTERM)
        process.wait(HANGS_AFTER_SECONDS)
        assert pods(cluster, namespace) == []

    with started(cluster, namespace, node) as process:
        process.kill()
        process.wait(HANGS_AFTER_SECONDS)
        (stray,) = pods(cluster, namespace)

    push_image(registry, "team/prepull-next", "v1", make_image("prepull-next"))
    make_secret(cluster.client, namespace, "right", config(HOST, username=USER, password=PASSWORD))
    image = f"{HOST}/team/prepull-next:v1"
    done = admin.run_module(
        "image_prepull",
        {"namespace": namespace, "images": [image], "image_pull_secrets": ["right"], "nodes": [node.name]},
    )

    assert stray["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "regcred.kubernetes"
    assert outcomes(done, node) == {"prepull-next:v1": "pulled"}
    assert pods(cluster, namespace) == []


@contextlib.contextmanager
def started(cluster: Cluster, namespace: str, node: Node) -> t.Iterator[subprocess.Popen[str]]:
    """A run of the module in a process of its own, as soon as its Pod is there."""
    options = {"kubeconfig": str(cluster.kubeconfig), "namespace": namespace, "images": [NEVER], "nodes": [node.name]}
    paths = os.pathsep.join([str(PROJECT), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", RUN_MODULE, json.dumps(options)],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            wait_for(lambda: process.poll() is not None or pods(cluster, namespace), "there is no Pod")
            assert process.poll() is None, "it ended before it made a Pod"
            yield process
        finally:
            process.kill()


def run_never(cluster: Cluster, namespace: str, image: str) -> str:
    """The phase that a Pod comes to that may not pull."""
    container: Document = {"name": "main", "image": image, "imagePullPolicy": "Never"}
    container["securityContext"] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container["resources"] = {"requests": {"cpu": "1m", "memory": "1Mi"}}
    secure = {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"containers": [container], "imagePullSecrets": [{"name": "right"}], "securityContext": secure}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "never", "namespace": namespace}, "spec": spec}
    cluster.client.create(pod)
    status: Document = {}

    def is_decided() -> bool:
        status.update(cluster.client.get(f"/api/v1/namespaces/{namespace}/pods/never")["status"])
        return status["phase"] != "Pending" or "ErrImageNeverPull" in json.dumps(status)

    wait_for(is_decided, status)
    return str(status["phase"])
