"""Which nodes pull."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node import ClusterNode, NodeSystem
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.cluster.node_selection import (
    NodeSelection,
    select_nodes,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput

GOOD = ClusterNode("good-1", is_ready=True, system=NodeSystem(operating_system="linux"))
NODES = [
    GOOD,
    replace(GOOD, name="good-2"),
    replace(GOOD, name="asleep", is_ready=False),
    replace(GOOD, name="cordoned", is_unschedulable=True),
    replace(GOOD, name="windows", system=NodeSystem(operating_system="windows")),
    replace(GOOD, name="silent", system=NodeSystem()),
]


def test_left_out() -> None:
    """Nodes whose kubelet cannot pull, or should not, are left out with the reason."""
    selected = select_nodes(NodeSelection(), NODES)

    assert [node.name for node in selected.pulling] == ["good-1", "good-2", "silent"]
    assert selected.left_out == {
        "asleep": "it is not Ready, so its kubelet would not pull",
        "cordoned": "it is cordoned; cordoned_nodes=include has it pull all the same",
        "windows": "it runs windows, and only Linux nodes can be asked to pull",
    }


def test_cordoned() -> None:
    """Cordoned nodes pull if they are meant to."""
    selected = select_nodes(NodeSelection(("cordoned",), with_cordoned=True), NODES)

    assert ([node.name for node in selected.pulling], selected.left_out) == (["cordoned"], {})


def test_names() -> None:
    """Names and globs select, and exclusions win."""
    selected = select_nodes(NodeSelection(("good-*", "asleep"), excluded=("*-2", "asleep")), NODES)

    assert ([node.name for node in selected.pulling], selected.left_out) == (["good-1"], {})


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (NodeSelection(("good-1", "gone", "gone", "no-*")), "nodes: there is no node gone; correct the name, or "),
        (NodeSelection(("gone",), selector="a=b"), "nodes: there is no node gone with the labels 'a=b'; "),
        (NodeSelection(("no-*",)), "nodes: no node is selected; check nodes, node_selector and exclude_nodes "),
    ],
)
def test_refused(selection: NodeSelection, expected: str) -> None:
    """A name that nothing has, or no node at all, is a mistake."""
    with pytest.raises(InvalidInput) as caught:
        select_nodes(selection, NODES)

    assert str(caught.value).startswith(expected)
