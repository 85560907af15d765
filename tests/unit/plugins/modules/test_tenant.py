"""tenant, from its options to its result."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import (
    MANAGED_BY,
    MANAGER,
    OWNER,
)
from ansible_collections.regcred.kubernetes.plugins.modules.tenant import main
from tests.unit.module_run import Cluster, Run, cluster_in_memory

pytest.importorskip("urllib3")

QUAY = {"registry": "quay.io", "username": "robot", "password": "hunter2"}
GHCR = {"registry": "ghcr.io", "username": "other", "password": "hunter3"}


@pytest.fixture(name="cluster")
def _cluster() -> t.Iterator[Cluster]:
    """A cluster with two namespaces."""
    with cluster_in_memory() as cluster:
        yield cluster


def run(cluster: Cluster, *tenants: t.Mapping[str, t.Any], check_mode: bool = False, **options: t.Any) -> Run:
    """Run the module."""
    return cluster.run(main, {"tenants": list(tenants), **options}, check_mode=check_mode, diff=True)


def registries(cluster: Cluster, namespace: str, name: str = "regcred") -> list[str]:
    """The registries in a tenant's Secret."""
    data = cluster.world.store.objects[f"/api/v1/namespaces/{namespace}/secrets/{name}"]["data"]
    return list(json.loads(base64.b64decode(data[".dockerconfigjson"]))["auths"])


def links(cluster: Cluster, namespace: str, account: str = "default") -> list[str]:
    """The pull Secrets of a ServiceAccount."""
    found = cluster.world.store.objects[f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}"]
    return [entry["name"] for entry in found.get("imagePullSecrets", [])]


def test_check_mode_and_run(cluster: Cluster) -> None:
    """A run does what check mode showed, reports it by tenant, and then there is nothing to do."""
    tenants = [
        {"name": "name-1", "registries": [QUAY]},
        {"name": "shop", "namespaces": ["name-2", "new"], "registries": [GHCR]},
    ]
    foreseen = run(cluster, *tenants, check_mode=True)
    assert cluster.writes == []

    found = run(cluster, *tenants)

    assert found.reported == foreseen.reported == [("name-1", "created"), ("name-2", "created"), ("new", "created")]
    assert [row["tenant"] for row in found.result["namespaces"]] == ["name-1", "shop", "shop"]
    assert found.result["diff"] != []
    assert "hunter2" not in found.output + foreseen.output
    assert [registries(cluster, name) for name in ("name-1", "name-2", "new")] == [
        ["quay.io"],
        ["ghcr.io"],
        ["ghcr.io"],
    ]
    assert [links(cluster, name) for name in ("name-1", "name-2", "new")] == [["regcred"]] * 3
    for check_mode in (False, True):
        assert run(cluster, *tenants, check_mode=check_mode).result["changed"] is False


def test_what_an_item_leaves_out(cluster: Cluster) -> None:
    """What an item leaves out comes from the task, and what it says takes that one's place."""
    run(
        cluster,
        {"name": "plain", "namespaces": ["name-1"]},
        {
            "name": "own",
            "namespaces": ["name-2"],
            "registries": [GHCR],
            "secret_name": "own",
            "labels": {"of": "item"},
            "service_accounts": ["builder"],
        },
        registries=[QUAY],
        secret_name="shared",
        labels={"of": "task"},
        annotations={"note": "task"},
        missing_service_account="create",
        service_accounts=["default", "runner"],
    )

    assert registries(cluster, "name-1", "shared") == ["quay.io"]
    assert registries(cluster, "name-2", "own") == ["ghcr.io"]
    assert (links(cluster, "name-1"), links(cluster, "name-1", "runner")) == (["shared"], ["shared"])
    assert (links(cluster, "name-2"), links(cluster, "name-2", "builder")) == ([], ["own"])
    objects = cluster.world.store.objects
    metadata = [objects[f"/api/v1/namespaces/{name}"]["metadata"] for name in ("name-1", "name-2")]
    assert [each["labels"]["of"] for each in metadata] == ["task", "item"]
    assert [each["annotations"]["note"] for each in metadata] == ["task", "task"]


@pytest.mark.parametrize("by_item", [False, True], ids=["the task", "the item"])
def test_offboarding(cluster: Cluster, by_item: bool) -> None:
    """Offboarding needs no registries, and is set by the task or the item."""
    run(cluster, {"name": "name-1", "registries": [QUAY]}, {"name": "new", "registries": [QUAY]})
    leaving = [{"name": name, **({"state": "absent"} if by_item else {})} for name in ("name-1", "new", "gone")]

    state = "present" if by_item else "absent"

    found = run(cluster, *leaving, remove_namespaces=True, state=state)

    assert not found.result.get("failed")
    assert links(cluster, "name-1") == []
    assert "/api/v1/namespaces/name-1/secrets/regcred" not in cluster.world.store.objects
    metadata = [cluster.world.store.objects[f"/api/v1/namespaces/{name}"]["metadata"] for name in ("name-1", "new")]
    assert ["deletionTimestamp" in each for each in metadata] == [False, True]


def test_offboarding_by_name(cluster: Cluster) -> None:
    """A tenant's name is enough to offboard it, whatever its namespaces are called; twice or misspelt it is a warning."""
    name = "Team Shop"
    run(cluster, {"name": name, "namespaces": ["name-1", "new"], "registries": [QUAY]})

    misspelt = run(cluster, {"name": "Team Shoq"}, state="absent")
    refused = run(cluster, {"name": name}, state="absent", prune_limit=1)
    found = run(cluster, {"name": name}, state="absent")
    again = run(cluster, {"name": name}, state="absent")

    nothing = "tenants: nothing to offboard was found of {}; check the names, or give the namespaces"
    assert (misspelt.reported, misspelt.warnings) == ([], [nothing.format("Team Shoq")])
    assert "2 namespaces that are not named remember the tenant, and prune_limit is 1 (name-1, new)" in refused.message
    assert found.reported == [("name-1", "updated"), ("new", "updated")]
    assert (links(cluster, "name-1"), links(cluster, "new")) == ([], [])
    assert (again.result["changed"], again.result.get("failed"), again.warnings) == (
        False,
        None,
        [nothing.format(name)],
    )


def test_protected_namespaces_get_no_labels(cluster: Cluster) -> None:
    """Neither what is asked for nor the tenant's name is set on a protected namespace; its pull Secret needs no label there."""
    path = "/api/v1/namespaces/kube-system"
    metadata = {
        "name": "kube-system",
        "uid": "u",
        "resourceVersion": "1",
        "labels": {OWNER: "default", MANAGED_BY: MANAGER},
    }
    cluster.world.store.objects[path] = {"metadata": metadata}
    tenant = {"name": "shop", "namespaces": ["kube-system"], "registries": [QUAY], "service_accounts": ["x*"]}
    reason = "Namespace kube-system: is protected and gets no labels or annotations; leave them out for it"

    for section in ("labels", "annotations"):
        found = run(cluster, {**tenant, section: {"x": "y"}})
        assert found.result["namespaces"][0]["reason"] == reason
    plain = run(cluster, tenant)

    assert plain.reported == [("kube-system", "created")]
    assert cluster.world.store.objects[path]["metadata"] == metadata


def test_namespace_twice(cluster: Cluster) -> None:
    """A namespace that a tenant names twice counts once."""
    found = run(cluster, {"name": "shop", "namespaces": ["name-1", "name-1"], "registries": [QUAY]})

    assert found.reported == [("name-1", "created")]


def test_no_tenants(cluster: Cluster) -> None:
    """An empty list is nothing to do, and a warning."""
    found = run(cluster)

    assert (found.result["changed"], found.reported, cluster.loopback.requests) == (False, [], [])
    assert found.warnings == ["tenants: is empty, so nothing was done"]


REFUSED = {
    "no registry": (
        [{"name": "a", "registries": [QUAY]}, {"name": "b"}],
        "tenant b: registries: is empty; give the tenant, or the task, a registry",
    ),
    "blank name": (
        [{"name": " ", "namespaces": ["a"], "registries": [QUAY]}],
        "tenants: name: ' ' is blank; give each tenant a name",
    ),
    "label of a tenant": (
        [{"name": "a", "registries": [QUAY], "labels": {"regcred.kubernetes/tenant": "b"}}],
        (
            "tenant a: labels['regcred.kubernetes/tenant']: says whose the object is;"
            " leave it out, and use the option owner"
        ),
    ),
    "no namespace": (
        [{"name": "a", "namespaces": [], "registries": [QUAY]}],
        "tenant a: namespaces: is empty; give one, or leave it out for one named as the tenant",
    ),
    "bad registry": (
        [{"name": "a", "registries": [{**QUAY, "registry": "quay.io/*"}]}],
        (
            "tenant a: registries[0].registry: 'quay.io/*' has '*' in its path, where it stands for itself;"
            " write the path's beginning, such as 'quay.io/team'"
        ),
    ),
    "bad name of a Secret": (
        [{"name": "a", "registries": [QUAY], "secret_name": "A"}],
        (
            "tenant a: name: 'A' cannot name a Kubernetes object; use at most 253 lower-case letters, digits, '-' and '.',"
            " starting and ending with a letter or digit"
        ),
    ),
    "bad label": (
        [{"name": "a", "registries": [QUAY], "labels": {"x": "y z"}}],
        (
            "tenant a: labels['x']: 'y z' cannot be the value of a label;"
            " use at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit"
        ),
    ),
    "bad annotation": (
        [{"name": "a", "registries": [QUAY], "annotations": {"x y": "z"}}],
        (
            "tenant a: annotations: 'x y' cannot be the key of a label or annotation;"
            " use an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_' and '.'"
        ),
    ),
    "no service accounts": (
        [{"name": "a", "registries": [QUAY], "service_accounts": []}],
        "tenant a: service_accounts: is empty; give at least one name or glob",
    ),
    "a name that is no namespace": (
        [{"name": "A Tenant", "registries": [QUAY]}],
        (
            "tenant A Tenant: namespaces[0]: 'A Tenant' cannot name a namespace; use at most 63 lower-case letters, digits"
            " and '-', starting and ending with a letter or digit"
        ),
    ),
    "a name twice": (
        [{"name": "a", "registries": [QUAY]}, {"name": "a", "namespaces": ["b"], "registries": [QUAY]}],
        "tenants: the name a is given twice; give each tenant one entry",
    ),
    "a namespace twice": (
        [{"name": "a", "registries": [QUAY]}, {"name": "b", "namespaces": ["a"], "registries": [QUAY]}],
        "tenants: the namespace a belongs to a and b; give it to one of them",
    ),
}


@pytest.mark.parametrize(("tenants", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(cluster: Cluster, tenants: t.Sequence[t.Mapping[str, t.Any]], expected: str) -> None:
    """Bad input fails with the tenant, what is wrong and what to do, and nothing is written."""
    found = run(cluster, *tenants)

    assert (found.result.get("failed"), found.message, cluster.writes) == (True, expected, [])
