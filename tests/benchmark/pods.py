"""Thousands of Pods in one call: they are made, and image_pull_info explains what each of them pulls with."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from tests.benchmark.work import REGISTRY

if t.TYPE_CHECKING:
    from tests.benchmark.usage import Stage, Usage
    from tests.cluster.client import Document
    from tests.cluster.cluster import Cluster

APPS: t.Final = 50
"""How many different images there are: Pods of one workload have the same."""


def make_pods(cluster: Cluster, namespaces: t.Sequence[str], numbers: t.Iterable[int], labels: Document) -> None:
    """Pods that no node takes, spread over the namespaces; a number is in the name of one Pod alone."""

    def make(number: int) -> None:
        cluster.client.create(_pod(namespaces[number % len(namespaces)], number, labels))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, numbers))


def explain(stage: Stage, name: str, count: int, **options: t.Any) -> Usage:
    """
    One call of image_pull_info, in which so many Pods are explained.

    Raises:
        BenchmarkError: It was another number of Pods.
    """
    pods = "explained.pulls | map(attribute='objects') | flatten | unique | length"
    task = {
        "regcred.kubernetes.image_pull_info": options,
        "register": "explained",
        "failed_when": f"explained is failed or {pods} != {count} or explained.unseen != []",
    }
    return stage.run(name, [task], {})


def _pod(namespace: str, number: int, labels: Document) -> Document:
    container = {"name": "app", "image": f"{REGISTRY}/team/app-{number % APPS}:v1"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"app-{number:05}", "namespace": namespace, "labels": labels},
        "spec": {"containers": [container], "nodeSelector": {"no-such-node": "true"}},
    }
