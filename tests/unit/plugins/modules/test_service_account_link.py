"""service_account_link, from its options to its result."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, secrets_path
from ansible_collections.regcred.kubernetes.plugins.modules.service_account_link import main
from tests.unit.module_run import Cluster, Run, cluster_in_memory
from tests.unit.worlds import foreign_secret

pytest.importorskip("urllib3")

ACCOUNT = "/api/v1/namespaces/name-1/serviceaccounts/{}"


@pytest.fixture(name="cluster")
def _cluster() -> t.Iterator[Cluster]:
    """A cluster with two Secrets in the first of two namespaces."""
    with cluster_in_memory() as cluster:
        for name in ("a", "b"):
            KubeApi(cluster.world.transport, 1).create(secrets_path("name-1"), foreign_secret(name, "name-1"))
        yield cluster


def run(cluster: Cluster, *, check_mode: bool = False, **options: t.Any) -> Run:
    """Run the module with one Secret in the first namespace, unless options say otherwise."""
    return cluster.run(main, {"secrets": ["a"], "namespaces": ["name-1"], **options}, check_mode=check_mode, diff=True)


def stored(cluster: Cluster, name: str = "default") -> dict[str, t.Any]:
    """A ServiceAccount in the first namespace."""
    return cluster.world.store.objects[ACCOUNT.format(name)]


def test_check_mode_and_run(cluster: Cluster) -> None:
    """A run does what check mode showed, reports it by ServiceAccount, and then there is nothing to do."""
    foreseen = run(cluster, check_mode=True)
    assert cluster.writes == []

    found = run(cluster)

    row = {"namespace": "name-1", "name": "default", "action": "updated", "reason": "imagePullSecrets:a added"}
    for each in (foreseen, found):
        assert each.result["service_accounts"] == [row]
        assert each.result["changed"]
    assert found.result["diff"][0]["after"] == "ServiceAccount default\n  imagePullSecrets: a\n"
    for check_mode in (False, True):
        again = run(cluster, check_mode=check_mode)
        assert (again.result["changed"], again.result["service_accounts"]) == (False, [])


def test_usages(cluster: Cluster) -> None:
    """Secrets are linked for pulling, for mounting, or both, each once."""
    run(cluster, secrets=["b", "a", "b"], usage=["mount", "pull", "mount"])

    both = [{"name": "b"}, {"name": "a"}]
    assert (stored(cluster)["imagePullSecrets"], stored(cluster)["secrets"]) == (both, both)


def test_absent(cluster: Cluster) -> None:
    """What was linked is unlinked."""
    run(cluster, secrets=["a", "b"])

    run(cluster, state="absent")

    assert stored(cluster)["imagePullSecrets"] == [{"name": "b"}]


def test_nothing_matches(cluster: Cluster) -> None:
    """A glob, a selector or a name to take links from that no ServiceAccount has is a warning with that pattern."""
    no_account = "service_accounts: no ServiceAccount in the selected namespaces matches "

    assert run(cluster, service_accounts=["default", "build-*"]).warnings == [f"{no_account}'build-*'"]
    assert run(cluster, service_account_selector="a=b").warnings == [f"{no_account}'default' with the labels 'a=b'"]
    assert run(cluster, service_accounts=["defualt", "d*"], state="absent").warnings == [f"{no_account}'defualt'"]
    assert run(cluster, service_accounts=["new"], missing_service_account="create", check_mode=True).warnings == []


def test_created(cluster: Cluster) -> None:
    """A ServiceAccount is made when that is asked for, and belongs to the owner."""
    run(cluster, service_accounts=["builder"], missing_service_account="create", owner="ci")

    assert stored(cluster, "builder")["metadata"]["labels"]["regcred.kubernetes/owner"] == "ci"
    assert stored(cluster, "builder")["imagePullSecrets"] == [{"name": "a"}]


def test_missing_secret(cluster: Cluster) -> None:
    """A Secret that is missing fails its namespace, or is warned of; in check mode another task may be about to make it."""
    failed = run(cluster, namespaces=["*"], rows_on_failure="all")
    alone = run(cluster, namespaces=["*"])
    warned = run(cluster, namespaces=["*"], missing_secret="warn")

    foreseen = run(cluster, secrets=["b"], namespaces=["*"], check_mode=True)

    assert foreseen.reported == [("name-1", "updated"), ("name-2", "updated")]
    assert foreseen.warnings == [
        "Secret b does not exist in: name-2; a run fails there, unless an earlier task makes it"
    ]
    assert failed.reported == [("name-1", "updated"), ("name-2", "failed")]
    assert [row["namespace"] for row in failed.result["service_accounts"]] == ["name-1"]
    assert (alone.reported, alone.result["service_accounts"]) == ([("name-2", "failed")], [])
    assert warned.warnings == ["Secret a does not exist in: name-2"]
    assert warned.reported == [("name-2", "updated")]


REFUSED = {
    "no secrets": ({"secrets": []}, "secrets: is empty; give at least one"),
    "no usage": ({"usage": []}, "usage: is empty; give at least one"),
    "no service accounts": (
        {"service_accounts": []},
        "service_accounts: is empty; give at least one name or glob",
    ),
    "a secret that is none": (
        {"secrets": ["a", "B"]},
        (
            "secrets[1]: 'B' cannot name a Kubernetes object; use at most 253 lower-case letters, digits, '-' and '.',"
            " starting and ending with a letter or digit"
        ),
    ),
    "a service account that is none": (
        {"service_accounts": ["ok*", "B"]},
        (
            "service_accounts[1]: 'B' cannot name a Kubernetes object; use at most 253 lower-case letters, digits, '-'"
            " and '.', starting and ending with a letter or digit"
        ),
    ),
    "no owner": ({"owner": ""}, "owner: is empty; give a name for this declaration, such as 'platform'"),
}


@pytest.mark.parametrize(("options", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(cluster: Cluster, options: t.Mapping[str, t.Any], expected: str) -> None:
    """Bad input fails with the option, what is wrong and what to do, and nothing is written."""
    found = run(cluster, **options)

    assert (found.result.get("failed"), found.message, cluster.writes) == (True, expected, [])
