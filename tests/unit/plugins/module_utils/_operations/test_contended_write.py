"""Writes beside other writers, whatever the object."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.onboard_tenants import Tenant
from tests.unit.worlds import (
    ONE,
    TWO,
    World,
    api,
    onboard,
    rotated,
    tenant_of,
    wanted,
)


class Silent(Transport):
    """A way on which changes of one path arrive, or not, and their answers never come."""

    def __init__(self, inner: Transport, path_end: str, *, arrives: bool) -> None:
        super().__init__(Server("http://silent.invalid"), 1)
        self._inner = inner
        self._path_end = path_end
        self._arrives = arrives

    def send(self, request: Request) -> dict[str, t.Any]:
        """Lose the answer to what changes the object."""
        if request.method not in ("PATCH", "DELETE") or not request.path.endswith(self._path_end):
            return self._inner.send(request)
        if self._arrives:
            self._inner.send(request)
        problem = ConnectionProblem("no answer came")
        problem.was_repeated = True
        raise problem


def _labelled(_world: World, tenant: Tenant) -> tuple[Tenant, str]:
    return replace(tenant, labels={"a": "b"}), f"/namespaces/{tenant.name}"


def _rotated(_world: World, tenant: Tenant) -> tuple[Tenant, str]:
    return replace(tenant, secret=rotated(tenant.secret, TWO)), f"/secrets/{tenant.secret.name}"


def _linked(world: World, tenant: Tenant) -> tuple[Tenant, str]:
    return replace(tenant, secret=replace(tenant.secret, name=world.new_name())), "/serviceaccounts/default"


def _removed(_world: World, tenant: Tenant) -> tuple[Tenant, str]:
    return replace(tenant, present=False), f"/namespaces/{tenant.name}"


@pytest.mark.parametrize("arrives", [True, False], ids=["arrives", "is lost"])
@pytest.mark.parametrize("change", [_labelled, _rotated, _linked, _removed])
def test_no_answer_comes(
    world: World, change: t.Callable[[World, Tenant], tuple[Tenant, str]], *, arrives: bool
) -> None:
    """Where no answer comes at all, the object shows what became of the change: what is there is reported."""
    name = world.new_name()
    tenant = replace(tenant_of(world, wanted(world, ONE), name), name=name)
    onboard(api(world), tenant)
    changed, path_end = change(world, tenant)

    calls = KubeApi(Silent(world.transport, path_end, arrives=arrives), 1)
    (result,) = onboard(calls, changed, remove_namespaces=True)

    if arrives:
        assert result.action in ("created", "updated", "deleted"), result.reason
    else:
        assert result.action == "failed"
        assert ": no answer came" in result.reason
