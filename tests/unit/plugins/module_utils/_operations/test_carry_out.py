"""From plans to results."""

from __future__ import annotations

import re
import threading
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.change import Action, Change
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request, Server, Transport
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.carry_out import (
    NamespaceSteps,
    Step,
    carry_out,
    failing_step,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.onboard_tenants import Tenant
from tests.unit.worlds import (
    ONE,
    TWO,
    FakeWorld,
    World,
    actions,
    api,
    manage_secrets,
    onboard,
    rotated,
    secret_task,
    tenant_of,
    wanted,
)


class Recorder:
    """Steps that write down when they are taken."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def step(self, name: str, planned: Action = "updated", done: Action | None = None, error: str = "") -> Step:
        """A step that is planned as one thing and turns out as another, or fails."""

        def apply() -> Change:
            self.taken.append(name)
            if error:
                raise InvalidInput(name, error, "cure")
            return Change("Secret", name, done or planned)

        return Step(Change("Secret", name, planned, before={"v": 1}, after={"v": 2}), apply)


def run(*plans: NamespaceSteps, check_mode: bool = False) -> list[list[tuple[str, Action]]]:
    """What came of the steps of each namespace."""
    results = carry_out(KubeApi(FakeWorld().transport, 4), plans, check_mode=check_mode)
    return [[(change.name, change.action) for change in result.changes] for result in results]


def test_in_order() -> None:
    """Steps of a namespace are taken in their order, those with nothing to do are not taken."""
    log = Recorder()

    found = run(NamespaceSteps("a", (log.step("1"), log.step("2", "unchanged"), log.step("3", "created"))))

    assert found == [[("1", "updated"), ("2", "unchanged"), ("3", "created")]]
    assert log.taken == ["1", "3"]


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_stops_after_a_skip(check_mode: bool) -> None:
    """What rests on something that is skipped is not done, nor foreseen."""
    log = Recorder()

    found = run(NamespaceSteps("a", (log.step("1", "skipped"), log.step("2"))), check_mode=check_mode)

    assert (found, log.taken) == ([[("1", "skipped")]], [])


def test_stops_after_a_failure() -> None:
    """What rests on something that failed is not done."""
    log = Recorder()

    found = run(NamespaceSteps("a", (log.step("1"), log.step("2", error="broken"), log.step("3"))))

    assert (found, log.taken) == ([[("1", "updated"), ("2", "failed")]], ["1", "2"])


def test_stops_when_it_turns_out_so() -> None:
    """A step that is planned as a change and turns out to be skipped stops its namespace as well."""
    log = Recorder()

    assert run(NamespaceSteps("a", (log.step("1", done="skipped"), log.step("2")))) == [[("1", "skipped")]]


def test_known_failures_are_foreseen() -> None:
    """What is known to fail fails in check mode, too."""
    plan = NamespaceSteps("a", (failing_step("Secret", "regcred", "not ours"), Recorder().step("2")))

    assert run(plan, check_mode=True) == run(plan) == [[("regcred", "failed")]]


def test_failure_is_reported() -> None:
    """A failed change tells why, and leaves the object as it was."""
    plan = NamespaceSteps("a", (Recorder().step("1", error="broken"),), tenant="t")

    (result,) = carry_out(KubeApi(FakeWorld().transport, 4), [plan], check_mode=False)

    assert (result.tenant, result.reason) == ("t", "Secret 1: 1: broken; cure")
    assert result.changes[0].after == {"v": 1}


def test_check_mode_takes_no_step() -> None:
    """Check mode gives the plan and does nothing."""
    log = Recorder()

    assert run(NamespaceSteps("a", (log.step("1"), log.step("2", "created"))), check_mode=True) == [
        [("1", "updated"), ("2", "created")]
    ]
    assert log.taken == []


def test_namespaces_beside_each_other() -> None:
    """Namespaces are worked on beside each other, and their results stay in order."""
    together = threading.Barrier(3)

    def apply() -> Change:
        together.wait(300)
        return Change("Secret", "x", "created")

    plans = [NamespaceSteps(name, (Step(Change("Secret", "x", "created"), apply),)) for name in "abc"]
    results = carry_out(KubeApi(FakeWorld().transport, 4), plans, check_mode=False)

    assert [result.name for result in results] == ["a", "b", "c"]


def test_unforeseen_errors() -> None:
    """A mistake in the program is reported by its type and place, without its text, and loses no other row."""

    def apply() -> Change:
        raise ZeroDivisionError("hunter2")

    log = Recorder()
    wrong = NamespaceSteps("a", (log.step("1"), Step(Change("Secret", "x", "created"), apply), log.step("2")))
    results = carry_out(
        KubeApi(FakeWorld().transport, 4), [wrong, NamespaceSteps("b", (log.step("3"),))], check_mode=False
    )

    assert [result.action for result in results] == ["failed", "updated"]
    assert results[0].is_changed
    assert re.match(
        r"Secret x: Unexpected ZeroDivisionError \(test_carry_out\.py, line \d+, in apply\); ", results[0].reason
    )
    assert "hunter2" not in results[0].reason


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_ending(check_mode: bool) -> None:
    """What follows a step with an ending is left to another run, and the namespace ends with that."""
    log = Recorder()
    made, ending = Change("Secret", "1", "created"), Change("Secret", "1", "failed", "not ours")
    plan = NamespaceSteps("a", (Step(made, lambda: made, ending=ending), log.step("2")))

    assert run(plan, check_mode=check_mode) == [[("1", "created"), ("1", "failed")]]
    assert log.taken == []


def test_failure_keeps_what_was_done(world: World) -> None:
    """What was done before a failure is reported beside it, and counts as a change."""
    new = world.new_name()
    secret = wanted(world, ONE, labels={"bad": "not a value"})

    results = manage_secrets(api(world), secret_task(secret, new, missing="create"))

    assert actions(results) == ["failed"]
    assert results[0].is_changed
    assert results[0].reason.endswith(f"; Namespace {new}: did not exist")


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
