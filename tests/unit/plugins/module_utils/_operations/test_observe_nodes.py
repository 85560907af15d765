"""Nodes, read."""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import Forbidden
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.observe_nodes import observe_nodes
from tests.unit.fake_api import Allowed
from tests.unit.fake_kubelet import make_node
from tests.unit.worlds import FakeWorld


@pytest.fixture(name="world")
def _world() -> FakeWorld:
    world = FakeWorld()
    api = KubeApi(world.transport, 1)
    make_node(api, "two", labels={"pool": "a"})
    make_node(api, "one", labels={"pool": "a"})
    make_node(api, "three", labels={"pool": "b"})
    return world


def test_selected(world: FakeWorld) -> None:
    """Labels and fields select, and nodes come by name."""
    api = KubeApi(world.transport, 1)

    assert [node.name for node in observe_nodes(api)] == ["one", "three", "two"]
    assert [node.name for node in observe_nodes(api, label_selector="pool=a")] == ["one", "two"]
    assert [node.name for node in observe_nodes(api, field_selector="metadata.name=two")] == ["two"]


def test_unreadable_selectors(world: FakeWorld) -> None:
    """What the API server cannot read is reported by the option's name."""
    api = KubeApi(world.transport, 1)

    with pytest.raises(InvalidInput) as caught:
        observe_nodes(api, label_selector="a in (", field_selector="b in (", option="node_selector")

    assert str(caught.value).startswith(
        "node_selector 'a in (' and field_selector 'b in (': the API server cannot read it (unable to parse requirement); "
    )


def test_not_allowed(world: FakeWorld) -> None:
    """That a user may not list nodes is reported."""
    with pytest.raises(Forbidden, match='cannot list resource "nodes"'):
        observe_nodes(KubeApi(world.transport_of([Allowed("pods", ["list"])]), 1))
