"""Reading nodes, and waiting for them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import NODES, KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem, Forbidden
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.objects import LEASES
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.wait_for_nodes import (
    Nodes,
    Wait,
    read_nodes,
)

Answers = t.Mapping[str, t.Any]


class Script(Transport):
    """A server whose answers change from one second to the next; the last ones stay."""

    def __init__(self, *seconds: Answers) -> None:
        super().__init__(Server("http://fake.invalid"), 1)
        self.now = 0
        self._seconds = seconds

    def send(self, request: Request) -> t.Any:
        """What it says now; the one field selector that is ever sent is obeyed."""
        answer = self._seconds[min(self.now, len(self._seconds) - 1)][request.path]
        if isinstance(answer, Exception):
            raise answer
        only = dict(request.query).get("fieldSelector", "").partition("=")[2]
        return {"items": [item for item in answer if only in ("", item["metadata"]["name"])]}

    def read(self, *patterns: str, wait: Wait | None = None) -> Nodes:
        """Read from it with a clock that goes on by one second a look."""
        return read_nodes(KubeApi(self, 1), patterns, wait, clock=lambda: self.now, sleep=self.go_on)

    def go_on(self, _seconds: float) -> None:
        """A second later."""
        self.now += 1


def node(name: str, status: str = "True") -> dict[str, t.Any]:
    """A node of this state."""
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": status}]}}


def lease(name: str, renewed: str) -> dict[str, t.Any]:
    """A node's Lease."""
    return {"metadata": {"name": name}, "spec": {"renewTime": renewed}}


REFUSED = Forbidden(403, "Forbidden", "no", "GET leases")
AWAY = ConnectionProblem("nobody there")


def test_nodes_by_name_and_glob() -> None:
    """Names and globs choose, and each node gets the time of its own Lease."""
    script = Script({NODES: [node("w2"), node("w1"), node("c1")], LEASES: [lease("w1", "10:00"), lease("c1", "11:00")]})

    found = script.read("w*").found

    assert [(each.name, each.renewed) for each in found] == [("w1", "10:00"), ("w2", "")]
    assert [each.name for each in script.read("c1").found] == ["c1"]


def test_a_name_that_is_none() -> None:
    """A name that nothing has is a mistake, a glob that fits nothing is none."""
    script = Script({NODES: [node("w1")], LEASES: []})

    with pytest.raises(InvalidInput, match=r"^nodes: there is no node w3, w2; "):
        script.read("w1", "w3", "w2")

    assert not script.read("x*").found


def test_leases_that_may_not_be_read() -> None:
    """They are left out, unless the wait rests on them."""
    script = Script({NODES: [node("w1")], LEASES: REFUSED})

    assert script.read("w1").found[0].renewed == ""
    assert not script.read("w1", wait=Wait(5)).not_back
    with pytest.raises(Forbidden):
        script.read("w1", wait=Wait(5, sign_of_life=True))


def test_waiting_for_a_restarted_kubelet() -> None:
    """The node is back when it is Ready and its kubelet has shown itself since; an API server that is away is waited for."""
    script = Script(
        {NODES: AWAY, LEASES: AWAY},
        {NODES: [node("w1")], LEASES: [lease("w1", "10:00")]},
        {NODES: [node("w1", "Unknown")], LEASES: [lease("w1", "10:05")]},
        {NODES: [node("w1")], LEASES: [lease("w1", "10:06")]},
    )

    found = script.read("w1", wait=Wait(30, sign_of_life=True))

    assert (script.now, found.not_back) == (3, {})


def test_a_wait_has_an_end() -> None:
    """Who is not back in time is reported with the reason."""
    script = Script({NODES: [node("w1", "False"), node("w2")], LEASES: []})

    found = script.read("*", wait=Wait(3))

    assert (script.now, found.not_back) == (3, {"w1": "it is not Ready"})


def test_an_api_server_that_stays_away() -> None:
    """It is waited for no longer than for the nodes."""
    script = Script({NODES: AWAY, LEASES: AWAY})

    with pytest.raises(ConnectionProblem):
        script.read("*", wait=Wait(2))

    assert script.now == 2


def test_without_a_wait_there_is_one_look() -> None:
    """Who only asks is answered at once, or not at all."""
    script = Script({NODES: AWAY, LEASES: AWAY})

    with pytest.raises(ConnectionProblem):
        script.read("*")

    assert script.now == 0
