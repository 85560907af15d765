"""Namespaces that change hands between our reading and our writing."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import PlaceResult
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.ownership import ownership_labels
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.connection import Access, find_server
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.onboard_tenants import (
    Tenant,
    TenantTask,
    manage_tenants,
)
from tests.cluster.deadlines import wait_for
from tests.unit.worlds import MARKS, ONE, Meddled, first_times, wanted

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.cluster.cluster import Cluster


class Names:
    """As much of a world as a wanted Secret needs."""

    def new_name(self) -> str:
        """Always the same."""
        return "changing-hands"


class Leaving(t.NamedTuple):
    """A tenant with one namespace that was made for it, about to leave with it."""

    cluster: Cluster
    task: TenantTask
    name: str

    @property
    def path(self) -> str:
        """Of its namespace."""
        return f"/api/v1/namespaces/{self.name}"

    def leave(self, meddle: Callable[[KubeApi, Request], None]) -> PlaceResult:
        """Remove it, while somebody acts just before the namespace's deletion arrives."""
        way = Meddled(_way(self.cluster), first_times(1, "DELETE", meddle))
        return manage_tenants(KubeApi(way, 2), self.task, MARKS, check_mode=False).results[0]

    def make_again(self, labels: Mapping[str, str]) -> str:
        """Have the namespace deleted and made again with these labels; its new uid."""
        client = self.cluster.client
        client.delete(self.path)
        wait_for(lambda: not client.exists(self.path), f"{self.name} does not go")
        metadata = {"name": self.name, "labels": dict(labels)}
        made = client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        return str(made["metadata"]["uid"])


def _way(cluster: Cluster) -> Transport:
    return Transport(find_server(Access(kubeconfig=str(cluster.kubeconfig))), 2)


@pytest.fixture(name="leaving")
def _leaving(cluster: Cluster) -> Iterator[Leaving]:
    name = f"changing-hands-{time.monotonic_ns()}"
    secret = wanted(Names(), ONE)  # type: ignore[arg-type]  # a world would bring namespaces
    tenant = Tenant(name, (name,), secret)
    manage_tenants(KubeApi(_way(cluster), 2), TenantTask((tenant,), owner=secret.owner), MARKS, check_mode=False)
    gone = Tenant(name, (name,), secret, present=False)
    yield Leaving(cluster, TenantTask((gone,), owner=secret.owner, remove_namespaces=True), name)
    if cluster.client.exists(f"/api/v1/namespaces/{name}"):
        cluster.client.delete(f"/api/v1/namespaces/{name}")


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ({}, "was not made for this owner"),
        (ownership_labels("somebody-else"), "was not made for this owner"),
        (ownership_labels("changing-hands"), "was made again"),
    ],
    ids=["nobody's", "another owner's", "ours"],
)
def test_made_again(leaving: Leaving, labels: Mapping[str, str], why: str) -> None:
    """A namespace that was deleted and made again since it was looked at is kept, and not reported as deleted."""
    uids: list[str] = []

    result = leaving.leave(lambda _calls, _request: uids.append(leaving.make_again(labels)))

    reason = f"Namespace {leaving.name}: kept: {why} since it was looked at; run again"
    assert (result.action, result.reason, result.is_changed) == ("failed", reason, False)
    found = leaving.cluster.client.get(leaving.path)["metadata"]
    assert ([found["uid"]], "deletionTimestamp" in found) == (uids, False)


def test_gone(leaving: Leaving) -> None:
    """One that is being deleted when we come to it is as it was wanted."""

    def delete(_calls: KubeApi, request: Request) -> None:
        leaving.cluster.client.delete(request.path)

    result = leaving.leave(delete)

    assert (result.action, result.reason) == ("deleted", f"Namespace {leaving.name}: with all that is in it")
