# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
From plans to results: per namespace in order, namespaces beside each other, one's failure never another's.

Others write to the same objects, over a line that may lose answers: a write that came late is planned anew on top of theirs.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._domain.change import CHANGING, Change, PlaceResult, failed_change
from .._domain.errors import RegcredError, unforeseen
from .._kube.api import KubeApi
from .._kube.errors import AlreadyExists, Conflict, NotFound, RequestError
from .check_permissions import Permission, lack_of, missing_permissions

_STOPPING = ("failed", "skipped")


class PutBack(RegcredError):
    """A change was accepted and nothing is changed; the text, a clause about the object, says why and what to do."""


@dataclass(frozen=True)
class Step:
    """
    A planned change of one object.

    Attributes:
        planned: What is going to happen.
        apply: Makes it happen, and says what did: another writer may have left less to do.
        needs: The rights without which it cannot happen.
        ending: What the namespace ends with after this step; what follows has to wait for another run.
    """

    planned: Change
    apply: t.Callable[[], Change]
    needs: tuple[Permission, ...] = ()
    ending: Change | None = None


@dataclass(frozen=True)
class NamespaceSteps:
    """What is planned in one namespace; a step that fails or is skipped keeps the later ones from being taken."""

    namespace: str
    steps: tuple[Step, ...]
    tenant: str = ""


def check_changed(answer: t.Mapping[str, t.Any], resource_version: str) -> None:
    """
    Whether a patch changed anything: where admission puts back what was asked for, each run would report the same change.

    Args:
        answer: The object after the patch.
        resource_version: Of the object that the patch rests on.

    Raises:
        PutBack: It did not.
    """
    if answer["metadata"]["resourceVersion"] == resource_version:
        raise PutBack(
            "is as it was, though the API server accepted the change: an admission webhook or policy puts it back;"
            " change that, or what is asked for"
        )


def failing_step(kind: str, name: str, reason: str) -> Step:
    """A change that cannot be made, known beforehand."""
    change = Change(kind, name, "failed", reason)
    return Step(change, lambda: change)


def carry_out(api: KubeApi, plans: t.Sequence[NamespaceSteps], *, check_mode: bool) -> list[PlaceResult]:
    """
    The one place where anything is changed.

    Args:
        check_mode: Give the plan as the result, and change nothing.
    """
    needed = [_needs(plan) for plan in plans]
    missing = missing_permissions(api, (need for needs in needed for need in needs))
    # Where the user lacks a right nothing is done, so that no namespace is left half-way.
    plans = [_allowed(plan, [need for need in needs if need in missing]) for plan, needs in zip(plans, needed)]
    if check_mode:
        return [_result(plan, lambda step: step.planned) for plan in plans]
    return api.at_once(lambda plan: _result(plan, _taken), plans)


def _needs(plan: NamespaceSteps) -> tuple[Permission, ...]:
    """
    The rights without which a plan cannot be carried out.

    Nobody can know what rights there will be in a namespace that is made by this run: some platforms give them to its maker.
    """
    changing = [step for step in plan.steps if step.planned.action in CHANGING]
    if any((step.planned.kind, step.planned.action) == ("Namespace", "created") for step in changing):
        return ()
    return tuple(dict.fromkeys(need for step in changing for need in step.needs))


def _allowed(plan: NamespaceSteps, lacking: t.Sequence[Permission]) -> NamespaceSteps:
    for step in plan.steps:
        if set(lacking).intersection(step.needs):
            return replace(plan, steps=(failing_step(step.planned.kind, step.planned.name, lack_of(lacking)),))
    return plan


def _result(plan: NamespaceSteps, take: t.Callable[[Step], Change]) -> PlaceResult:
    changes: list[Change] = []
    for step in plan.steps:
        changes.append(take(step))
        if changes[-1].action in _STOPPING:
            break
        if step.ending:
            changes.append(step.ending)
            break
    return PlaceResult(plan.namespace, tuple(changes), tenant=plan.tenant)


def _taken(step: Step) -> Change:
    if step.planned.action not in CHANGING:
        return step.planned
    try:
        return step.apply()
    except RegcredError as error:
        return failed_change(step.planned, str(error))
    except Exception as error:  # noqa: BLE001  # one step's mistake must not lose what is reported of the others
        return failed_change(step.planned, unforeseen(error))


ATTEMPTS = 100
"""How often a change is planned anew when other writers are faster; each time somebody got something done."""


class Planned(t.Protocol):
    """A planned write."""

    @property
    def change(self) -> Change:
        """The change as it is reported."""


Plan = t.TypeVar("Plan", bound=Planned)


def write_beside_others(
    plan: Plan,
    write: t.Callable[[Plan], str | None],
    plan_again: t.Callable[[], Plan],
    *,
    is_done: t.Callable[[Plan, Plan], bool],
) -> Change:
    """
    Make a planned change; where another writer was faster, plan it anew on top of theirs.

    A request whose answer was lost is sent again, and is then refused because of what it did itself, or is never answered.
    So where the object is as it was to be, the change is reported as it was planned, and as made if more is to be done and fails.

    Args:
        plan: The first plan.
        write: Sends what a plan needs, on the condition that the object is as the plan found it; nothing where nothing is to
            be done. Gives what is not as it should be all the same, in words.
        plan_again: Reads the object and plans again.
        is_done: Whether what the second plan found is what the first was to bring about.

    Raises:
        RegcredError: as ``write`` and ``plan_again``.
    """
    note: str | None = None
    done: Change | None = None
    try:
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                note = write(plan)
                break
            except RequestError as error:
                is_late = _is_late(plan.change, error)
                if attempts_left == 0 or not (is_late or error.was_repeated):
                    raise
                try:
                    again = plan_again()
                except RegcredError:
                    if is_late:
                        raise
                    raise error from None
                is_ours = error.was_repeated and is_done(plan, again)
                if not (is_late or is_ours):
                    raise
            done = done or (plan.change if is_ours else None)
            plan = again
    except RegcredError as error:
        if done is None:
            raise
        return replace(done, action="failed", reason=f"{done.reason}, and then: {error}")
    change = done or plan.change
    return replace(change, reason=f"{change.reason}; {note}") if note else change


def _is_late(change: Change, error: RequestError) -> bool:
    """Whether another writer was faster; of an object that is to be created, it is the namespace that is not found."""
    if isinstance(error, NotFound):
        return change.action != "created"
    return isinstance(error, (AlreadyExists, Conflict))
