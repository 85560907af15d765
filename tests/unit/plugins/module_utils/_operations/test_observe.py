"""What is there, read in bulk."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import (
    KubeApi,
    secrets_path,
    service_accounts_path,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import (
    Expired,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.observe import (
    POLL_SECONDS,
    observe_nodes,
    observe_secret_names,
    observe_secrets,
    observe_service_accounts,
    read_namespaces,
    wait_for_service_accounts,
)
from tests.unit.fake_api import Allowed, FakeServer
from tests.unit.fake_kubelet import make_node
from tests.unit.worlds import FakeWorld, foreign_secret


def account(name: str) -> dict[str, t.Any]:
    """A ServiceAccount."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}


@pytest.fixture(name="world")
def _world() -> FakeWorld:
    """Three namespaces with a Secret each, and another Secret in the first."""
    world = FakeWorld()
    calls = KubeApi(world.transport, 1)
    for name in [world.make_namespace() for _unused in range(3)]:
        calls.create(secrets_path(name), foreign_secret("regcred", name))
    calls.create(secrets_path("name-1"), foreign_secret("other", "name-1"))
    world.transport.sent.clear()
    return world


def test_one_list_for_all(world: FakeWorld) -> None:
    """However many namespaces there are, they are read with one list a name, and one for what interrupted runs left."""
    found = observe_secrets(KubeApi(world.transport, 4), ["regcred"], ["name-1", "name-2"])

    assert world.transport.sent == ["GET /api/v1/secrets"] * 2
    assert sorted(found.by_place) == [("name-1", "regcred"), ("name-2", "regcred"), ("name-3", "regcred")]
    assert found.is_complete
    assert found.get("name-1", "other") is None
    assert [secret.name for secret in found.in_namespace("name-1")] == ["regcred"]
    assert found.in_namespace("nowhere") == []


@pytest.mark.parametrize(("count", "lists"), [(8, 9), (9, 2)])
def test_many_names(world: FakeWorld, count: int, lists: int) -> None:
    """A few names are asked for by name; for many, everything is read once."""
    names = ["regcred", *(f"x{number}" for number in range(count - 1))]

    found = observe_secrets(KubeApi(world.transport, 4), names, [])

    assert len(world.transport.sent) == lists
    assert len(found.by_place) == 3


def user(world: FakeWorld, *allowed: Allowed) -> FakeServer:
    """A user's way, to see what was sent."""
    return world.transport_of(allowed)


def test_by_namespace(world: FakeWorld) -> None:
    """Who may not list everywhere reads by namespace; what may not be read says why and does not stop the rest."""
    server = user(world, Allowed("secrets", ["list"], ["name-1", "name-2", "gone"]))

    found = observe_secrets(KubeApi(server, 4), ["regcred"], ["name-1", "name-2", "name-3", "gone"])

    assert len(server.sent) == 5 + 3
    assert sorted(found.by_place) == [("name-1", "regcred"), ("name-2", "regcred")]
    assert not found.is_complete
    assert list(found.unreadable) == ["name-3"]
    assert found.unreadable["name-3"].startswith("GET /api/v1/namespaces/name-3/secrets: 403 Forbidden: ")


def test_service_accounts(world: FakeWorld) -> None:
    """Names and globs choose, and a glob is one list."""
    calls = KubeApi(world.transport, 4)
    calls.create(service_accounts_path("name-1"), account("builder"))
    world.transport.sent.clear()

    found = observe_service_accounts(calls, ["b*", "x"], [])

    assert list(found.by_place) == [("name-1", "builder")]
    assert world.transport.sent == ["GET /api/v1/serviceaccounts"]


def test_service_accounts_of_a_few_namespaces(world: FakeWorld) -> None:
    """Where that is less, namespaces are listed one by one, also for who may list all."""
    found = observe_service_accounts(KubeApi(world.transport, 4), ["*"], ["name-1", "name-3"], everywhere=False)

    assert sorted(found.by_place) == [("name-1", "default"), ("name-3", "default")]
    assert not found.is_complete
    assert sorted(world.transport.sent) == [
        "GET /api/v1/namespaces/name-1/serviceaccounts",
        "GET /api/v1/namespaces/name-3/serviceaccounts",
    ]


class Reading:
    """A function that reads a namespace, or all of them: what each gives, or raises."""

    def __init__(self, **answers: t.Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, namespace: str) -> list[str]:
        """Read."""
        self.asked.append(namespace)
        answer = self.answers[namespace or "everywhere"]
        if isinstance(answer, list):
            return answer
        raise answer(403, "Reason", "message", f"GET {namespace}")


def read(reading: Reading, *namespaces: str, everywhere: bool = True) -> tuple[list[str], dict[str, str], bool]:
    """Read these namespaces."""
    return read_namespaces(KubeApi(FakeWorld().transport, 4), reading, namespaces, everywhere=everywhere)


def test_read_everywhere() -> None:
    """Who may list everywhere does so once, and sees other namespaces as well."""
    reading = Reading(everywhere=["x", "y"])

    assert read(reading, "a", "b") == (["x", "y"], {}, True)
    assert reading.asked == [""]


def test_read_each() -> None:
    """Who may not gets each namespace in its order; one that has gone is empty, and one that may not be read says why."""
    reading = Reading(
        everywhere=Forbidden, b=["b"], gone=NotFound, closed=Forbidden, busy=TooManyRequests, a=["a", "aa"]
    )

    found, unreadable, is_complete = read(reading, "b", "gone", "closed", "busy", "a")

    assert (found, is_complete) == (["b", "a", "aa"], False)
    assert list(unreadable) == ["closed", "busy"]
    assert unreadable["closed"].startswith("GET closed: 403 Reason: message; grant the verb ")


def test_read_each_at_once() -> None:
    """Where the caller says that the namespaces are few, nobody asks for all."""
    reading = Reading(a=["a"], b=["b"])

    assert read(reading, "a", "b", everywhere=False) == (["a", "b"], {}, False)
    assert sorted(reading.asked) == ["a", "b"]


@pytest.mark.parametrize("error", [Invalid, Expired])
def test_read_fails_everywhere(error: type[Exception]) -> None:
    """What is no missing right in the whole cluster is an error, and nothing is asked a namespace."""
    reading = Reading(everywhere=error)

    with pytest.raises(error):
        read(reading, "a")

    assert reading.asked == [""]


def test_refused_question() -> None:
    """A question that the API server refuses is no matter of a namespace."""
    with pytest.raises(Invalid):
        read(Reading(everywhere=Forbidden, a=Invalid), "a")


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ([Allowed("secrets", ["list"])], {("name-1", "regcred"), ("name-2", "regcred"), ("name-3", "regcred")}),
        ([Allowed("secrets", ["list"], ["name-1", "name-2"])], {("name-1", "regcred"), ("name-2", "regcred")}),
        ([Allowed("secrets", ["list"], ["name-1"])], None),
        ([], None),
    ],
    ids=["everywhere", "by namespace", "not everywhere that matters", "nowhere"],
)
def test_secret_names(world: FakeWorld, allowed: t.Sequence[Allowed], expected: set[tuple[str, str]] | None) -> None:
    """Which Secrets exist is known for all namespaces that matter, or not known."""
    assert expected == observe_secret_names(KubeApi(user(world, *allowed), 4), ["regcred"], ["name-1", "name-2"])


class Time:
    """A clock that goes only while somebody sleeps, and a controller that acts after so many naps."""

    def __init__(self, world: FakeWorld, *actions: tuple[int, str, str]) -> None:
        self.now = 100.0
        self.naps = itertools.count(1)
        self._calls = KubeApi(world.transport, 1)
        self._actions = actions

    def clock(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass, and the controller act."""
        self.now += seconds
        nap = next(self.naps)
        for when, namespace, name in self._actions:
            if when == nap:
                self._calls.create(service_accounts_path(namespace), account(name))


def test_wait(world: FakeWorld) -> None:
    """What comes at different times is gathered, and nobody waits longer than needed."""
    time = Time(world, (2, "name-1", "a"), (3, "name-2", "b"))
    places = [("name-1", "a"), ("name-2", "b")]

    came = wait_for_service_accounts(KubeApi(world.transport, 1), places, 30, time.clock, time.sleep)

    assert sorted(came) == places
    assert time.now == 100 + 3 * POLL_SECONDS


def test_wait_in_vain(world: FakeWorld) -> None:
    """After the time that was given, those that came are reported."""
    time = Time(world, (1, "name-1", "a"))

    came = wait_for_service_accounts(
        KubeApi(world.transport, 1), [("name-1", "a"), ("name-2", "b")], 5, time.clock, time.sleep
    )

    assert list(came) == [("name-1", "a")]
    assert time.now == 105


def test_nothing_to_wait_for(world: FakeWorld) -> None:
    """Where nothing is missing, nothing is asked."""
    time = Time(world)

    assert wait_for_service_accounts(KubeApi(world.transport, 1), [], 30, time.clock, time.sleep) == {}
    assert (time.now, world.transport.sent) == (100, [])


@pytest.fixture(name="nodes")
def _nodes() -> FakeWorld:
    world = FakeWorld()
    api = KubeApi(world.transport, 1)
    make_node(api, "two", labels={"pool": "a"})
    make_node(api, "one", labels={"pool": "a"})
    make_node(api, "three", labels={"pool": "b"})
    return world


def test_selected_nodes(nodes: FakeWorld) -> None:
    """Labels and fields select, and nodes come by name."""
    api = KubeApi(nodes.transport, 1)

    assert [node.name for node in observe_nodes(api)] == ["one", "three", "two"]
    assert [node.name for node in observe_nodes(api, label_selector="pool=a")] == ["one", "two"]
    assert [node.name for node in observe_nodes(api, field_selector="metadata.name=two")] == ["two"]


def test_unreadable_selectors(nodes: FakeWorld) -> None:
    """What the API server cannot read is reported by the option's name."""
    api = KubeApi(nodes.transport, 1)

    with pytest.raises(InvalidInput) as caught:
        observe_nodes(api, label_selector="a in (", field_selector="b in (", option="node_selector")

    assert str(caught.value).startswith(
        "node_selector 'a in (' and field_selector 'b in (': the API server cannot read it (unable to parse requirement); "
    )


def test_not_allowed(nodes: FakeWorld) -> None:
    """That a user may not list nodes is reported."""
    with pytest.raises(Forbidden, match='cannot list resource "nodes"'):
        observe_nodes(KubeApi(nodes.transport_of([Allowed("pods", ["list"])]), 1))
