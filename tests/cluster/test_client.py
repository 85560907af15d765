"""Requests of the tests' own client, against a real API server."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cluster.client import PAGE, Client
from tests.cluster.errors import ApiError, ClusterError, Conflict, NotFound, Unreachable
from tests.cluster.kubeconfig import Access
from tests.cluster.ports import LOOPBACK, free_ports

if t.TYPE_CHECKING:
    from tests.cluster.client import Document
    from tests.cluster.cluster import Cluster


def config_map(namespace: str, name: str, **data: str) -> Document:
    """A ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"namespace": namespace, "name": name},
        "data": data,
    }


def test_life_of_an_object(cluster: Cluster, namespace: str) -> None:
    """An object is created, read, patched, applied, replaced and deleted."""
    client = cluster.client
    path = f"/api/v1/namespaces/{namespace}/configmaps/one"

    created = client.create(config_map(namespace, "one", a="1"))
    assert created == client.get(path)
    assert client.patch(path, {"data": {"b": "2"}})["data"] == {"a": "1", "b": "2"}
    assert client.patch(path, [{"op": "remove", "path": "/data/a"}], kind="json")["data"] == {"b": "2"}
    assert client.apply(config_map(namespace, "one", c="3"))["data"] == {"b": "2", "c": "3"}
    assert client.replace(config_map(namespace, "one", d="4"))["data"] == {"d": "4"}
    client.delete(path)
    assert not client.exists(path)


def test_pages(cluster: Cluster, namespace: str) -> None:
    """A list that is longer than a page is read to its end, each object once; many threads may share a client."""
    names = {f"n{number}" for number in range(PAGE + 1)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: cluster.client.create(config_map(namespace, name)), names))

    found = cluster.client.list(
        f"/api/v1/namespaces/{namespace}/configmaps", fieldSelector="metadata.name!=kube-root-ca.crt"
    )

    assert len(found) == len(names)
    assert {item["metadata"]["name"] for item in found} == names


def test_paths(cluster: Cluster) -> None:
    """The path of an object follows from its kind, with or without a group or a namespace."""
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"namespace": "a", "name": "b"}}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "b"}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b"}}

    assert cluster.client.path(role) == "/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles/b"
    assert cluster.client.path(policy, named=False) == "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"
    assert cluster.client.path(namespace) == "/api/v1/namespaces/b"
    with pytest.raises(ClusterError, match="v1 Nonsense: the API server has no such kind"):
        cluster.client.path({"apiVersion": "v1", "kind": "Nonsense", "metadata": {}})


def test_errors(cluster: Cluster, namespace: str) -> None:
    """A refusal is an error of the type for its status, and says what was asked and why it was refused."""
    client = cluster.client
    client.create(config_map(namespace, "one"))

    with pytest.raises(
        NotFound, match=rf'^GET /api/v1/namespaces/{namespace}/secrets/x: 404 NotFound: secrets "x" not'
    ):
        client.get(f"/api/v1/namespaces/{namespace}/secrets/x")
    with pytest.raises(Conflict, match="409 AlreadyExists"):
        client.create(config_map(namespace, "one"))
    with pytest.raises(ApiError, match="422 Invalid") as caught:
        client.create(config_map(namespace, "Not A Name"))
    assert (caught.value.status, caught.value.reason) == (422, "Invalid")


def test_nobody_there(cluster: Cluster) -> None:
    """Where no server listens, the error names the address."""
    port = next(free_ports())

    with pytest.raises(Unreachable, match=rf"https://{LOOPBACK}:{port}: .*refused"):
        Client(Access(f"https://{LOOPBACK}:{port}", cluster.access.authority)).get("/readyz")


def test_token_is_not_shown() -> None:
    """A token does not show where an access is printed."""
    assert "s3cret" not in repr(Access("https://example.test", b"", token="s3cret"))
