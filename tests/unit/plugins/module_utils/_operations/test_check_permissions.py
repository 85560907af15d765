"""What the user may do, asked before anything is written."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ServerProblem, api_error
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.check_permissions import (
    REVIEWS,
    Permission,
    lack_of,
    missing_permissions,
)
from tests.unit.fake_api import Allowed, FakeServer
from tests.unit.worlds import FakeWorld

EVERYWHERE = [Permission("create", "secrets", f"name-{number}") for number in range(50)]


def user(*allowed: Allowed) -> FakeServer:
    """A user with these rights."""
    return FakeWorld().transport_of(allowed)


def test_one_question_for_all_namespaces() -> None:
    """What holds everywhere is asked once, not once a namespace."""
    transport = user(Allowed("secrets", ["create"]))

    assert missing_permissions(KubeApi(transport, 4), EVERYWHERE) == set()
    assert transport.sent == [f"POST {REVIEWS}"]


def test_rights_in_some_namespaces() -> None:
    """A right that a Role gives counts where the Role is."""
    transport = user(Allowed("secrets", ["create"], ["name-7", "name-8"]))

    missing = missing_permissions(KubeApi(transport, 4), EVERYWHERE)

    assert missing == {each for each in EVERYWHERE if each.namespace not in ("name-7", "name-8")}
    assert len(transport.sent) == 1 + len(EVERYWHERE)


class _ByName(Transport):
    """A user whose rule has ``resourceNames: [regcred]``."""

    def __init__(self) -> None:
        super().__init__(Server("http://names.invalid"), 1)

    def send(self, request: Request) -> dict[str, t.Any]:
        """Allow what is about that name."""
        return {"status": {"allowed": request.body["spec"]["resourceAttributes"].get("name") == "regcred"}}


def test_rights_by_name() -> None:
    """A right to one object is found, though the wider question is denied."""
    mine, other = (Permission("patch", "secrets", "team-a", name) for name in ("regcred", "other"))

    assert missing_permissions(KubeApi(_ByName(), 1), [mine, other]) == {other}


class _Refusing(Transport):
    def __init__(self, status: int) -> None:
        super().__init__(Server("http://refusing.invalid"), 1)
        self._status = status

    def send(self, request: Request) -> dict[str, t.Any]:
        """Refuse the question."""
        raise api_error(self._status, {"kind": "Status", "apiVersion": "v1"}, request.title)


@pytest.mark.parametrize("status", [403, 404])
def test_nobody_may_ask(status: int) -> None:
    """Where the question is not answered, the attempt decides."""
    assert missing_permissions(KubeApi(_Refusing(status), 1), EVERYWHERE) == set()


def test_server_problem() -> None:
    """A server that fails is no answer: nothing is written then."""
    with pytest.raises(ServerProblem):
        missing_permissions(KubeApi(_Refusing(500), 1), EVERYWHERE)


def test_nothing_to_ask() -> None:
    """A plan without changes asks nothing."""
    transport = user()

    assert missing_permissions(KubeApi(transport, 1), []) == set()
    assert transport.sent == []


CASES = [
    (Permission("list", "namespaces"), "list namespaces"),
    (Permission("create", "secrets", "team-a"), "create secrets in namespace team-a"),
    (Permission("patch", "serviceaccounts", "team-a", "default"), "patch serviceaccounts default in namespace team-a"),
    (Permission("delete", "namespaces", "team-a", "team-a"), "delete namespaces team-a"),
    (Permission("list", "deployments", "team-a", group="apps"), "list deployments.apps in namespace team-a"),
]


@pytest.mark.parametrize(("permission", "title"), CASES, ids=[title for _unused, title in CASES])
def test_title(permission: Permission, title: str) -> None:
    """A message names verb, resource, object and namespace, and what is not there is left out."""
    assert permission.title == title


def test_widened() -> None:
    """The widest question comes first, and each is asked once."""
    assert Permission("patch", "secrets", "team-a", "regcred").widened() == (
        Permission("patch", "secrets"),
        Permission("patch", "secrets", "team-a"),
        Permission("patch", "secrets", "team-a", "regcred"),
    )
    assert Permission("create", "secrets", "team-a").widened() == (
        Permission("create", "secrets"),
        Permission("create", "secrets", "team-a"),
    )
    assert Permission("list", "nodes").widened() == (Permission("list", "nodes"),)


def test_lack() -> None:
    """All that is missing is named at once, so that one look at a role is enough."""
    assert lack_of([Permission("create", "secrets", "team-a"), Permission("list", "nodes")]) == (
        "the user may not create secrets in namespace team-a and list nodes;"
        " grant the verb by a Role or ClusterRole, or use another user"
    )
