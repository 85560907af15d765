"""The unit tests of operations that take a ``world``, on a real API server, which holds the one in memory to the truth."""

from __future__ import annotations

import importlib
import itertools
import secrets
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.connection import Access, find_server
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Transport
from tests.cluster.users import Rule, rule
from tests.environment.layout import PROJECT
from tests.unit.worlds import World

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.cluster.cluster import Cluster
    from tests.unit.fake_api import Allowed

OPERATIONS: t.Final = "tests.unit.plugins.module_utils._operations"


def on_a_world() -> t.Iterator[tuple[str, t.Callable[..., None]]]:
    """The tests that take any world, each with its name."""
    pytest.register_assert_rewrite(OPERATIONS)
    for path in sorted(PROJECT.joinpath(*OPERATIONS.split(".")).glob("test_*.py")):
        module = importlib.import_module(f"{OPERATIONS}.{path.stem}")
        for name, test in vars(module).items():
            if name.startswith("test_") and t.get_type_hints(test).get("world") is World:
                yield name, test


for _name, _test in on_a_world():
    assert _name not in globals(), f"two tests are called {_name}"
    globals()[_name] = _test


class RealWorld:
    """A corner of a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._run = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self.transport = _transport(cluster.kubeconfig)

    def transport_of(self, allowed: Sequence[Allowed]) -> Transport:
        """The way of a user with these rights."""
        user = self.new_name()
        by_place: dict[str | None, list[Rule]] = {}
        for right in allowed:
            for place in [None] if right.namespaces is None else right.namespaces:
                by_place.setdefault(place, []).append(rule([right.resource], right.verbs))
        kubeconfig = self._cluster.token_user(user)
        for place, rules in by_place.items():
            kubeconfig = self._cluster.token_user(user, rules=rules, namespaces=None if place is None else [place])
        return _transport(kubeconfig)

    def make_namespace(self) -> str:
        """A new namespace with its default ServiceAccount."""
        return self._cluster.make_namespace(f"s-{self._run}")

    def new_name(self) -> str:
        """A name that nothing has yet."""
        return f"s-{self._run}-{next(self._numbers)}"

    def clean(self) -> None:
        """Let all namespaces of the test go, without waiting for that."""
        for item in self._cluster.client.list("/api/v1/namespaces"):
            name = item["metadata"]["name"]
            if name.startswith(f"s-{self._run}"):
                self._cluster.client.delete(f"/api/v1/namespaces/{name}")


def _transport(kubeconfig: Path) -> Transport:
    return Transport(find_server(Access(kubeconfig=str(kubeconfig))), 4)


@pytest.fixture(name="world")
def _world(cluster: Cluster) -> Iterator[RealWorld]:
    """One for each test."""
    world = RealWorld(cluster)
    yield world
    world.clean()
