"""What pulls images, and what decides about it, read in bulk: which requests are sent, and what is made of the answers."""

from __future__ import annotations

import typing as t
from urllib.parse import urlencode

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    KubeApi,
    secrets_path,
    service_accounts_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import Invalid, api_error
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.explain_image_pulls import RunningPods
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.observe import A_FEW
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.observe_pulls import (
    observe_named_secrets,
    observe_pod_events,
    observe_pullers,
)
from tests.unit.fake_api import Allowed, FakeServer, Store
from tests.unit.pull_objects import explain, link, make_event, make_pod
from tests.unit.worlds import FakeWorld, foreign_secret

ALIVE = "fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed"
ONE, OTHER = "name-1", "name-2"


class Recorder(FakeServer):
    """A user's way to the server that writes down whole requests."""

    def __init__(self, store: Store, allowed: t.Sequence[Allowed] | None = None) -> None:
        super().__init__(store, allowed)
        self.asked: list[str] = []

    def send(self, request: Request) -> dict[str, t.Any]:
        """Write down, then send."""
        self.asked.append(request.path + (f"?{urlencode(request.query)}" if request.query else ""))
        return super().send(request)


class World(FakeWorld):
    """A server with so many namespaces, and a way to it that is looked at."""

    def __init__(self, namespaces: int, *allowed: Allowed) -> None:
        super().__init__()
        self.namespaces = [self.make_namespace() for _unused in range(namespaces)]
        self.recorder = Recorder(self.store, allowed or None)
        self.calls = KubeApi(self.recorder, 4)

    def make_secret(self, namespace: str, name: str, kind: str = "kubernetes.io/dockerconfigjson") -> None:
        """A Secret."""
        secret = {**foreign_secret(name, namespace), "type": kind}
        if kind == "kubernetes.io/dockercfg":
            secret["data"] = {".dockercfg": "e30="}
        KubeApi(self.transport, 1).create(secrets_path(namespace), secret)


def test_pods_of_a_few_namespaces() -> None:
    """A few namespaces are listed one by one, however large the cluster is, without Pods that have ended."""
    world = World(A_FEW)
    make_pod(world, ONE, "a", "nginx")

    found = observe_pullers(world.calls, "Pod", world.namespaces, "app=x")

    assert sorted(world.recorder.asked) == sorted(
        f"/api/v1/namespaces/{name}/pods?limit=500&{ALIVE}&labelSelector=app%3Dx" for name in world.namespaces
    )
    assert found.by_place == {}


def test_pods_of_many_namespaces() -> None:
    """Many namespaces are one list of all; what is elsewhere is not kept."""
    world = World(A_FEW + 2)
    for name in (ONE, world.namespaces[-1]):
        make_pod(world, name, "a", "nginx")

    found = observe_pullers(world.calls, "Pod", world.namespaces[:-1])

    assert world.recorder.asked == [f"/api/v1/pods?limit=500&{ALIVE}"]
    assert list(found.by_place) == [(ONE, "a")]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Deployment", "/apis/apps/v1/namespaces/name-1/deployments"),
        ("CronJob", "/apis/batch/v1/namespaces/name-1/cronjobs"),
    ],
)
def test_workloads(kind: str, path: str) -> None:
    """Workloads have no phase to select by."""
    world = World(1)

    observe_pullers(world.calls, kind, world.namespaces)

    assert world.recorder.asked == [f"{path}?limit=500"]


def test_refused_for_another_reason() -> None:
    """Where there is no selector, it is not blamed."""

    class Refusing(Recorder):
        def send(self, request: Request) -> dict[str, t.Any]:
            raise api_error(400, {"kind": "Status", "reason": "BadRequest", "message": "no"}, request.title)

    with pytest.raises(Invalid):
        observe_pullers(KubeApi(Refusing(Store()), 1), "Pod", [ONE])


def asked_for_secrets(world: World, *named: tuple[str, str]) -> tuple[list[str], list[tuple[str, str]]]:
    """What was asked for to find these Secrets, and what was found."""
    found = observe_named_secrets(world.calls, named, sorted({namespace for namespace, _name in named}))
    return world.recorder.asked, sorted(found.by_place)


OF_TYPES = [
    "fieldSelector=type%3Dkubernetes.io%2Fdockerconfigjson",
    "fieldSelector=type%3Dkubernetes.io%2Fdockercfg",
]


def test_secrets_by_type() -> None:
    """Named pull Secrets of both types are found by two lists; others of a type are read and dropped."""
    world = World(1)
    world.make_secret(ONE, "json")
    world.make_secret(ONE, "old", "kubernetes.io/dockercfg")
    world.make_secret(ONE, "unnamed")

    asked, found = asked_for_secrets(world, (ONE, "json"), (ONE, "old"))

    assert asked == [f"/api/v1/namespaces/name-1/secrets?limit=2500&{one}" for one in OF_TYPES]
    assert found == [(ONE, "json"), (ONE, "old")]


def test_secrets_of_other_types() -> None:
    """What is named and is no pull Secret is asked for by its name, and nothing else of other types is read."""
    world = World(A_FEW + 1)
    for name in ("json", "opaque"):
        world.make_secret(ONE, name, "kubernetes.io/dockerconfigjson" if name == "json" else "Opaque")
    world.make_secret(ONE, "private", "Opaque")
    named = [(name, "gone") for name in world.namespaces]

    asked, found = asked_for_secrets(world, (ONE, "json"), (ONE, "opaque"), *named)

    assert asked == [
        *(f"/api/v1/secrets?limit=2500&{one}" for one in OF_TYPES),
        "/api/v1/secrets?limit=2500&fieldSelector=metadata.name%3Dgone",
        "/api/v1/secrets?limit=2500&fieldSelector=metadata.name%3Dopaque",
    ]
    assert found == [(ONE, "json"), (ONE, "opaque")]


def test_many_secrets_of_other_types() -> None:
    """When many names are missing, names are listed first, and only Secrets that exist are asked for."""
    world = World(1)
    world.make_secret(ONE, "gone-5", "Opaque")
    world.make_secret(ONE, "private", "Opaque")

    asked, found = asked_for_secrets(world, *((ONE, f"gone-{number}") for number in range(9)))

    assert asked[2:] == [
        "/api/v1/namespaces/name-1/secrets?limit=2500",
        "/api/v1/namespaces/name-1/secrets?limit=2500&fieldSelector=metadata.name%3Dgone-5",
    ]
    assert found == [(ONE, "gone-5")]


def test_secret_of_another_namespace() -> None:
    """A Secret counts where it is named, not under the same name elsewhere."""
    world = World(A_FEW + 1)
    for name in world.namespaces:
        world.make_secret(name, "regcred")

    _asked, found = asked_for_secrets(world, *((name, "regcred") for name in world.namespaces[:-1]), (OTHER, "gone"))

    assert found == sorted((name, "regcred") for name in world.namespaces[:-1])


def test_secrets_by_namespace() -> None:
    """Who may not list all Secrets gets a list a namespace, for what is named there, and the reason for the others."""
    world = World(A_FEW + 1, Allowed("secrets", ["list"], [ONE, OTHER]))
    for name in (ONE, OTHER):
        world.make_secret(name, "regcred")
    named = [(name, "regcred") for name in world.namespaces] + [(OTHER, "gone")]

    found = observe_named_secrets(world.calls, named, world.namespaces)

    assert sorted(found.by_place) == [(ONE, "regcred"), (OTHER, "regcred")]
    assert sorted(found.unreadable) == sorted(world.namespaces[2:])
    by_name = [path for path in world.recorder.asked if "metadata.name" in path]
    assert by_name == ["/api/v1/namespaces/name-2/secrets?limit=2500&fieldSelector=metadata.name%3Dgone"]


def test_no_list_names_a_secret() -> None:
    """Where no list names a Secret, none is read, and without a failing Pod no event is."""
    world = World(1)
    make_pod(world, ONE, "a", "nginx")

    explain(world.calls, [ONE], RunningPods(("Pod", "Job")))

    assert [path.partition("?")[0].rpartition("/")[2] for path in world.recorder.asked] == [
        "namespaces",
        "serviceaccounts",
        "pods",
        "jobs",
    ]


@pytest.mark.parametrize("count", [A_FEW, A_FEW + 1], ids=["a few", "many"])
def test_lists_of_accounts(count: int) -> None:
    """ServiceAccounts, too, are listed by namespace where these are few; Secrets are read where a list names one."""
    world = World(count)
    link(world, OTHER, "regcred")
    world.recorder.asked.clear()

    explain(world.calls, ["*"])

    accounts = [path for path in world.recorder.asked if "/serviceaccounts" in path]
    expected = [f"{service_accounts_path(name)}?limit=2500" for name in world.namespaces]
    assert sorted(accounts) == (sorted(expected) if count == A_FEW else ["/api/v1/serviceaccounts?limit=2500"])
    secrets = [path for path in world.recorder.asked if "/secrets" in path]
    assert secrets == [f"/api/v1/namespaces/name-2/secrets?limit=2500&{one}" for one in OF_TYPES] + [
        "/api/v1/namespaces/name-2/secrets?limit=2500&fieldSelector=metadata.name%3Dregcred"
    ]


def test_lists_of_accounts_elsewhere() -> None:
    """What is linked in namespaces that are not selected is not looked for, although their ServiceAccounts were read."""
    world = World(A_FEW + 2)
    link(world, world.namespaces[-1], "regcred")
    world.recorder.asked.clear()

    explain(world.calls, world.namespaces[:-1])

    assert [path for path in world.recorder.asked if "/secrets" in path] == []


def test_events_of_pods() -> None:
    """Warnings about Pods are read where a Pod fails; each text once, the last word first."""
    world = World(2)
    for name, when in (("a", "10"), ("b", "12"), ("a", "11")):
        make_event(world, ONE, "x", "Failed", name, lastTimestamp=f"2026-11-22T{when}:00:00Z")
    make_event(world, ONE, "x", "Failed", "c", uid="5d9c", lastTimestamp="2026-11-22T09:00:00Z")
    make_event(world, ONE, "x", "Failed", "of a Pod that had the name before", uid="0-0")
    make_event(world, ONE, "y", "Failed", "of another Pod")
    make_event(world, OTHER, "x", "Failed", "of a Pod of that name elsewhere")

    texts, unreadable = observe_pod_events(world.calls, {(ONE, "x"): "5d9c", (ONE, "z"): "7f1b"}, [ONE])

    assert texts == {(ONE, "x"): ["Failed: b", "Failed: a", "Failed: c"], (ONE, "z"): []}
    assert unreadable == {}
    assert world.recorder.asked == [
        "/api/v1/namespaces/name-1/events?limit=2500&fieldSelector=involvedObject.kind%3DPod%2Ctype%3DWarning"
    ]


def test_events_of_many_namespaces() -> None:
    """Where Pods fail in many namespaces, all events are one list."""
    world = World(A_FEW + 1)
    pods = {(name, "x"): "5d9c" for name in world.namespaces}
    for name in world.namespaces:
        make_event(world, name, "x", "Failed", "no")

    texts, _unreadable = observe_pod_events(world.calls, pods, world.namespaces)

    assert texts == {place: ["Failed: no"] for place in pods}
    assert len(world.recorder.asked) == 1
