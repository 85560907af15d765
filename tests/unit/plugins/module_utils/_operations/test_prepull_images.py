"""What image pulls of nodes rest on: all that is wrong with it is found before there is a Pod."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import ClusterNode
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node_selection import NodeSelection
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.prepull_progress import Credentials
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi, namespace_path
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations import prepull_images as image_prepulls
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.check_permissions import PermissionMissing
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.prepull_images import (
    PrepullTask,
    prepull_images,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.run_prepull_pods import Pulled, PullTask
from tests.unit.fake_api import Allowed
from tests.unit.fake_kubelet import PRESENT, PULLED, FakeKubelets, failing, make_node
from tests.unit.pull_objects import link, make_pull_secret
from tests.unit.worlds import FakeWorld, NothingWritten, foreign_secret

IMAGE = "quay.io/team/app:1"
TASK = PrepullTask((IMAGE,), NodeSelection(), namespace="name-1")
PODS = [Allowed("nodes", ["list"]), Allowed("pods", ["create", "list", "delete"]), Allowed("events", ["list"])]


@pytest.fixture(name="world")
def _world() -> FakeWorld:
    """A namespace, a node that lists the image, one that does not, and one that is not ready."""
    world = FakeWorld()
    world.make_namespace()
    api = KubeApi(world.transport, 1)
    make_node(api, "empty")
    make_node(api, "full", images=[{"names": [IMAGE]}])
    make_node(api, "gone", conditions=[])
    return world


def reported(world: FakeWorld, task: PrepullTask, *, check_mode: bool = False) -> list[tuple[str, str]]:
    """Nodes and actions."""
    api = KubeApi(NothingWritten(world.transport) if check_mode else FakeKubelets(world.transport, {IMAGE: PULLED}), 1)
    return [(result.name, result.action) for result in prepull_images(api, task, check_mode=check_mode).results]


def test_check_mode(world: FakeWorld) -> None:
    """Check mode goes by what nodes list, and writes nothing."""
    assert reported(world, TASK, check_mode=True) == [("empty", "pulled"), ("full", "unchanged"), ("gone", "skipped")]


def test_run(world: FakeWorld) -> None:
    """A run asks each kubelet, whatever its node lists, since it knows what may be used; unless nodes are trusted."""
    assert reported(world, TASK) == [("empty", "pulled"), ("full", "pulled"), ("gone", "skipped")]
    trusting = replace(TASK, trusts_nodes=True)
    assert reported(world, trusting) == [("empty", "pulled"), ("full", "unchanged"), ("gone", "skipped")]


def test_secrets_of_the_account(world: FakeWorld) -> None:
    """Without Secrets of the task, those of the ServiceAccount count, in what is tried as in what is hidden."""
    make_pull_secret(world, "name-1", "quay", "quay.io")
    link(world, "name-1", "quay", "gone")
    kubelets = FakeKubelets(world.transport, {IMAGE: failing("unauthorized: password-quay")})

    found = prepull_images(KubeApi(kubelets, 1), TASK, check_mode=False)

    reason = found.results[0].reason
    assert reason.startswith(f"{IMAGE}: unauthorized: ********; check that what is tried is still good")
    assert "'quay.io' as puller (Secret quay)" in reason
    assert found.warnings == []


@pytest.mark.parametrize(
    ("allowed", "expected"), [(None, {"quay"}), ([*PODS, Allowed("serviceaccounts", ["list"])], {"quay", "gone"})]
)
def test_secrets_that_kubelets_will_have(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, allowed: t.Sequence[Allowed] | None, expected: set[str]
) -> None:
    """Those that exist; all that are named, where it may not be looked."""
    make_pull_secret(world, "name-1", "quay", "quay.io")
    link(world, "name-1", "quay", "gone")
    given: list[Credentials] = []

    def spy(_api: KubeApi, task: PullTask, nodes: t.Sequence[ClusterNode], **_how: t.Any) -> Pulled:
        assert (len(nodes), task.parallelism) == (2, 8)
        given.append(task.credentials)
        return Pulled([], [])

    monkeypatch.setattr(image_prepulls, "pull_on_nodes", spy)
    way = world.transport if allowed is None else world.transport_of(allowed)
    prepull_images(KubeApi(way, 1), TASK, check_mode=False)

    assert given[0].secrets == expected


def test_no_secret_matches(world: FakeWorld) -> None:
    """Secrets of which none is for an image's registry are a warning, and a pull all the same."""
    make_pull_secret(world, "name-1", "other", "ghcr.io")
    kubelets = FakeKubelets(world.transport, {IMAGE: PRESENT})

    found = prepull_images(KubeApi(kubelets, 1), replace(TASK, secrets=("other",)), check_mode=False)

    assert found.warnings == [
        f"no credential of the Secrets other matches {IMAGE}: nodes pull it anonymously, or with what they have themselves"
    ]


def test_few_rights(world: FakeWorld) -> None:
    """Who may only list nodes and make Pods pulls all the same, and is warned of what was not checked."""
    kubelets = FakeKubelets(world.transport, {IMAGE: PULLED}, world.transport_of(PODS))

    found = prepull_images(KubeApi(kubelets, 1), replace(TASK, secrets=("unseen",)), check_mode=False)

    assert [result.action for result in found.results] == ["pulled", "pulled", "skipped"]
    assert [warning.partition(":")[0] for warning in found.warnings] == [
        f"{kind}s could not be read in namespace name-1, so what Pods pull with is not checked"
        for kind in ("ServiceAccount", "Secret")
    ]


@pytest.mark.parametrize("check_mode", [True, False])
def test_pods_that_could_not_be_removed(world: FakeWorld, *, check_mode: bool) -> None:
    """Who may make Pods and not remove them makes none."""
    pods = Allowed("pods", ["create", "list"])
    api = KubeApi(NothingWritten(world.transport_of([PODS[0], pods])), 1)

    with pytest.raises(PermissionMissing) as caught:
        prepull_images(api, TASK, check_mode=check_mode)

    assert str(caught.value) == (
        "the user may not delete pods in namespace name-1; grant the verb by a Role or ClusterRole, or use another user"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"namespace": "gone"}, "namespace: there is no namespace gone; create it"),
        ({"namespace": "name-2"}, "namespace: name-2 is being deleted; "),
        ({"service_account": "gone"}, "service_account: namespace name-1 has no ServiceAccount gone; "),
        (
            {"secrets": ("gone", "malformed")},
            "image_pull_secrets: namespace name-1 has no Secret gone; create it there",
        ),
        (
            {"secrets": ("malformed",)},
            "namespace name-1: Secret malformed cannot be read, so every pull with it fails; ",
        ),
        ({"nodes": NodeSelection(("no-such",))}, "nodes: there is no node no-such; "),
        ({"nodes": NodeSelection(selector="a in (")}, "node_selector 'a in (': the API server cannot read it ("),
    ],
)
def test_refused(world: FakeWorld, changes: dict[str, t.Any], expected: str) -> None:
    """Bad input fails before anything is written."""
    api = KubeApi(world.transport, 1)
    world.make_namespace()
    api.delete(namespace_path("name-2"), uid=api.get(namespace_path("name-2"))["metadata"]["uid"])
    secret = {
        **foreign_secret("malformed", "name-1"),
        "data": {".dockerconfigjson": "eyJhdXRocyI6eyJxdWF5LmlvIjp7ImF1dGgiOiIhIn19fQ=="},
    }
    api.create("/api/v1/namespaces/name-1/secrets", secret)

    with pytest.raises(InvalidInput) as caught:
        prepull_images(KubeApi(NothingWritten(world.transport), 1), replace(TASK, **changes), check_mode=False)

    assert str(caught.value).startswith(expected)
