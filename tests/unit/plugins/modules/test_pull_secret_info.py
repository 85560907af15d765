"""pull_secret_info, from its options to its result."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, secrets_path
from ansible_collections.regcred.kubernetes.plugins.modules.pull_secret_info import main
from tests.unit.fake_api import Allowed
from tests.unit.module_run import Cluster, cluster_in_memory
from tests.unit.worlds import foreign_secret

pytest.importorskip("urllib3")


@pytest.fixture(name="cluster")
def _cluster() -> t.Iterator[Cluster]:
    """A cluster with a good pull Secret, one of the wrong type, and one that is none."""
    with cluster_in_memory() as cluster:
        calls = KubeApi(cluster.world.transport, 1)
        calls.create(secrets_path("name-1"), foreign_secret("good", "name-1"))
        calls.create(secrets_path("name-2"), {**foreign_secret("bad", "name-2"), "type": "Opaque"})
        calls.create(secrets_path("name-2"), {"metadata": {"name": "none"}, "type": "Opaque", "data": {"k": "dg=="}})
        yield cluster


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_report(cluster: Cluster, check_mode: bool) -> None:
    """Registries, user names and problems are reported, secrets are not, and nothing changes."""
    found = cluster.run(main, {"namespaces": ["*"]}, check_mode=check_mode)

    reported = [
        (each["namespace"], each["name"], [problem["code"] for problem in each["problems"]])
        for each in found.result["pull_secrets"]
    ]
    assert reported == [("name-1", "good", []), ("name-2", "bad", ["wrong_type"])]
    assert found.result["pull_secrets"][0]["registries"] == [{"registry": "ghcr.io", "username": "other", "email": ""}]
    assert (found.result["problem_count"], found.result["changed"], cluster.writes) == (1, False, [])
    assert "b3RoZXI6b3RoZXI=" not in found.output


def test_no_such_name(cluster: Cluster) -> None:
    """A name that no Secret has is a warning."""
    found = cluster.run(main, {"namespaces": ["*"], "names": ["good", "godo"]})

    assert found.warnings == ["names: no Secret in the selected namespaces is called 'godo'"]
    assert found.result["unmatched"] == found.warnings


def test_by_name(cluster: Cluster) -> None:
    """Secrets that are named are reported whatever they are; a namespace that is missing is no failure."""
    found = cluster.run(main, {"namespaces": ["name-2", "gone"], "name": "none"})

    assert [each["name"] for each in found.result["pull_secrets"]] == ["none"]
    assert found.warnings == ["namespace gone: there is no such namespace"]


def test_unseen(cluster: Cluster) -> None:
    """Who may not read a namespace has a failed task, with what could be read and the verb that is missing."""
    cluster.world.transport = cluster.world.transport_of([Allowed("secrets", ["list"], ["name-1"])])

    found = cluster.run(main, {"namespaces": ["name-1", "name-2"]})

    assert found.message.startswith("unseen: Secrets could not be read in namespace name-2: GET /api/v1/")
    assert found.message.endswith(
        'cannot list resource "secrets" in the namespace "name-2"; grant the verb by a Role or ClusterRole, or use another'
        " user; or set unseen to allow"
    )
    assert [each["name"] for each in found.result["pull_secrets"]] == ["good"]
    assert (found.result["failed"], found.result["problem_count"], found.warnings) == (True, 0, [])


def test_unseen_allowed(cluster: Cluster) -> None:
    """Where that is allowed, it is a warning, and in the result."""
    cluster.world.transport = cluster.world.transport_of([])

    found = cluster.run(main, {"namespaces": ["name-1", "name-2"], "unseen": "allow"})

    assert "failed" not in found.result
    assert [(each["kind"], each["namespace"]) for each in found.result["unseen"]] == [
        ("Secret", "name-1"),
        ("Secret", "name-2"),
    ]
    assert [warning.partition(": ")[0] for warning in found.warnings] == [
        "Secrets could not be read in namespace name-1 and 1 more, see unseen"
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"namespaces": ["gone"], "missing_namespace": "fail"}, "namespaces: there is no namespace gone; "),
        ({"namespaces": ["*"], "names": ["a", "B"]}, "names[1]: 'B' cannot name a Kubernetes object; "),
        ({}, "one of the following is required: namespaces, namespace_selector, rancher_project"),
    ],
)
def test_refused(cluster: Cluster, options: t.Mapping[str, t.Any], expected: str) -> None:
    """Bad input fails with what is wrong."""
    found = cluster.run(main, options)

    assert found.result["failed"]
    assert found.message.startswith(expected)
